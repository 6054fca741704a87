package dev.fastif.hvp.autodiff.operations;

import dev.fastif.core.internal.Check;
import dev.fastif.hvp.autodiff.Operation;
import dev.fastif.hvp.autodiff.kernels.Activation;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;

/**
 * A function of every element of an array, exact to its second derivative. At a kink (0 for {@link #relu}) both derivatives
 * are those of one side. Immutable and thread-safe.
 */
public final class Pointwise {
    private final String name;
    private final Optional<Activation> fast;
    private final UnaryOperator<Jet> function;

    private Pointwise(String name, Optional<Activation> fast, UnaryOperator<Jet> function) {
        this.name = name;
        this.fast = fast;
        this.function = function;
    }

    /**
     * Any other function, written in numbers that carry their derivatives.
     *
     * @param name that no other function has: functions of one name count as equal
     * @param function thread-safe
     */
    public static Pointwise of(String name, UnaryOperator<Jet> function) {
        return new Pointwise(name, Optional.empty(), function);
    }

    /** The value and derivatives at x. */
    Jet at(double x) {
        return function.apply(Jet.variable(x));
    }

    /** The operation that computes this function. */
    Operation operation() {
        return fast.<Operation>map(activation -> new Activated(activation)).orElseGet(() -> new Applied(this));
    }

    /** Hyperbolic tangent. */
    public static Pointwise tanh() {
        return new Pointwise("tanh", Optional.of(Activation.TANH), Jet::tanh);
    }

    /** {@code 1 / (1 + exp(-x))}. */
    public static Pointwise sigmoid() {
        return new Pointwise("sigmoid", Optional.of(Activation.SIGMOID), Jet::sigmoid);
    }

    /** {@code max(x, 0)}. */
    public static Pointwise relu() {
        return new Pointwise("relu", Optional.of(Activation.RELU), x -> x.value() > 0 ? x : Jet.constant(0));
    }

    /** {@code x Phi(x)}, exactly. */
    public static Pointwise gelu() {
        return new Pointwise(
                "gelu",
                Optional.of(Activation.GELU),
                x -> x.times(Math.sqrt(0.5)).erf().plus(1).times(x).times(0.5));
    }

    /** {@code x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2}. */
    public static Pointwise geluTanh() {
        return of("geluTanh", x -> geluTanh(x, x.pow(3).times(0.044715)));
    }

    /** {@link #geluTanh} as ND4J computes it, with the cube of {@code 0.044715 x} in place of {@code 0.044715 x^3}. */
    public static Pointwise geluTanhOfNd4j() {
        return of("geluTanhOfNd4j", x -> geluTanh(x, x.times(0.044715).pow(3)));
    }

    private static Jet geluTanh(Jet x, Jet cube) {
        return cube.plus(x)
                .times(Math.sqrt(2 / Math.PI))
                .tanh()
                .plus(1)
                .times(x)
                .times(0.5);
    }

    /** {@code x sigmoid(1.702 x)}. */
    public static Pointwise geluSigmoid() {
        return of("geluSigmoid", x -> x.times(1.702).sigmoid().times(x));
    }

    /** {@code x} from 0 on, {@code slope * x} below. */
    public static Pointwise leakyRelu(double slope) {
        return of("leakyRelu(" + slope + ")", x -> x.value() >= 0 ? x : x.times(slope));
    }

    /** {@code x} above {@code threshold}, 0 below. */
    public static Pointwise thresholdedRelu(double threshold) {
        return of("thresholdedRelu(" + threshold + ")", x -> x.value() > threshold ? x : Jet.constant(0));
    }

    /** {@code x} above 0, {@code alpha (exp(x) - 1)} below. */
    public static Pointwise elu(double alpha) {
        return of(
                "elu(" + alpha + ")", x -> x.value() > 0 ? x : x.exp().plus(-1).times(alpha));
    }

    /** {@link #elu} with the constants of self-normalizing networks. */
    public static Pointwise selu() {
        double alpha = 1.6732632423543772;
        double scale = 1.0507009873554805;
        return of("selu", x -> x.value() > 0 ? x.times(scale) : x.exp().plus(-1).times(scale * alpha));
    }

    /** {@code log(1 + exp(x))}. */
    public static Pointwise softplus() {
        return of("softplus", Jet::softplus);
    }

    /** {@code x / (1 + |x|)}. */
    public static Pointwise softsign() {
        return of("softsign", x -> x.abs().plus(1).pow(-1).times(x));
    }

    /** {@code x sigmoid(x)}. */
    public static Pointwise swish() {
        return of("swish", x -> x.sigmoid().times(x));
    }

    /** {@code x tanh(softplus(x))}. */
    public static Pointwise mish() {
        return of("mish", x -> x.softplus().tanh().times(x));
    }

    /** {@code 0.2 x + 0.5}, kept between 0 and 1. */
    public static Pointwise hardSigmoid() {
        return of("hardSigmoid", x -> clipped(x.times(0.2).plus(0.5), 0, 1));
    }

    /** {@code x}, kept between {@code low} and {@code high}. */
    public static Pointwise clip(double low, double high) {
        Check.argument(low < high, "low is %s: it must be below high, which is %s", low, high);
        return of("clip(" + low + ", " + high + ")", x -> clipped(x, low, high));
    }

    /** {@link #clip}, with derivative 0 at both ends. */
    public static Pointwise clamp(double low, double high) {
        Check.argument(low < high, "low is %s: it must be below high, which is %s", low, high);
        return of(
                "clamp(" + low + ", " + high + ")",
                x -> x.value() > low && x.value() < high ? x : Jet.constant(Math.max(low, Math.min(high, x.value()))));
    }

    /** A function that is constant but for jumps, such as rounding: its derivatives are 0. */
    public static Pointwise pieces(String name, DoubleUnaryOperator function) {
        return of(name, x -> Jet.constant(function.applyAsDouble(x.value())));
    }

    private static Jet clipped(Jet x, double low, double high) {
        return x.value() < low ? Jet.constant(low) : x.value() > high ? Jet.constant(high) : x;
    }

    /** {@code 1.7159 t(2x/3)} with {@code t(y) = sign(y) (1 - 1 / (1 + |y| + y^2 + 1.41645 y^4))}. */
    public static Pointwise rationalTanh() {
        return of("rationalTanh", x -> {
            double sign = x.value() < 0 ? -1 : 1;
            Jet y = x.times(sign * 2.0 / 3);
            Jet denominator = y.pow(4).times(1.41645).plus(y.times(y)).plus(y).plus(1);
            return denominator.pow(-1).times(-1).plus(1).times(1.7159 * sign);
        });
    }

    /** {@code max(0, tanh(x))}. */
    public static Pointwise rectifiedTanh() {
        return of("rectifiedTanh", x -> x.value() > 0 ? x.tanh() : Jet.constant(0));
    }

    /** {@code exp(x)}. */
    public static Pointwise exp() {
        return of("exp", Jet::exp);
    }

    /** {@code log(x)}. */
    public static Pointwise log() {
        return of("log", Jet::log);
    }

    /** {@code log(1 + x)}. */
    public static Pointwise log1p() {
        return of("log1p", x -> x.plus(1).log());
    }

    /** {@code x^exponent}. */
    public static Pointwise pow(double exponent) {
        return of("pow(" + exponent + ")", x -> x.pow(exponent));
    }

    /** {@code x + c}. */
    public static Pointwise shift(double c) {
        return of("shift(" + c + ")", x -> x.plus(c));
    }

    /** {@code |x|}. */
    public static Pointwise abs() {
        return of("abs", Jet::abs);
    }

    /** {@code x^2 / 2} where {@code |x|} is at most {@code delta}, {@code delta (|x| - delta / 2)} beyond. */
    public static Pointwise huber(double delta) {
        Check.positive("delta", delta);
        return of(
                "huber(" + delta + ")",
                x -> Math.abs(x.value()) <= delta
                        ? x.times(x).times(0.5)
                        : x.abs().plus(-delta / 2).times(delta));
    }

    /** The error function. */
    public static Pointwise erf() {
        return of("erf", Jet::erf);
    }

    /** Sine. */
    public static Pointwise sin() {
        return of("sin", Jet::sin);
    }

    /** Cosine. */
    public static Pointwise cos() {
        return of("cos", Jet::cos);
    }

    /** Tangent. */
    public static Pointwise tan() {
        return of("tan", Jet::tan);
    }

    /** Arcsine. */
    public static Pointwise asin() {
        return of("asin", Jet::asin);
    }

    /** Arctangent. */
    public static Pointwise atan() {
        return of("atan", Jet::atan);
    }

    /** Hyperbolic sine. */
    public static Pointwise sinh() {
        return of("sinh", Jet::sinh);
    }

    /** Hyperbolic cosine. */
    public static Pointwise cosh() {
        return of("cosh", Jet::cosh);
    }

    /** Inverse hyperbolic sine. */
    public static Pointwise asinh() {
        return of("asinh", Jet::asinh);
    }

    /** Inverse hyperbolic cosine. */
    public static Pointwise acosh() {
        return of("acosh", Jet::acosh);
    }

    /** Inverse hyperbolic tangent. */
    public static Pointwise atanh() {
        return of("atanh", Jet::atanh);
    }

    /** {@code exp(x) - 1}. */
    public static Pointwise expm1() {
        return of("expm1", Jet::expm1);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Pointwise that && name.equals(that.name);
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }

    @Override
    public String toString() {
        return name;
    }
}
