package dev.fastif.hvp.autodiff.operations;

/**
 * A number with its first and second derivative by one variable: functions written in this arithmetic come with both.
 *
 * @param value f(x)
 * @param slope f'(x)
 * @param curvature f''(x)
 */
public record Jet(double value, double slope, double curvature) {
    /** The variable itself. */
    public static Jet variable(double x) {
        return new Jet(x, 1, 0);
    }

    /** A number that does not depend on the variable. */
    public static Jet constant(double c) {
        return new Jet(c, 0, 0);
    }

    /** The sum. */
    public Jet plus(Jet other) {
        return new Jet(value + other.value, slope + other.slope, curvature + other.curvature);
    }

    /** The sum with a constant. */
    public Jet plus(double c) {
        return new Jet(value + c, slope, curvature);
    }

    /** The product. */
    public Jet times(Jet other) {
        return new Jet(
                value * other.value,
                slope * other.value + value * other.slope,
                curvature * other.value + 2 * slope * other.slope + value * other.curvature);
    }

    /** The product with a constant. */
    public Jet times(double c) {
        return new Jet(c * value, c * slope, c * curvature);
    }

    /** f of this, from f, f' and f'' at this value. */
    private Jet chain(double f, double first, double second) {
        return new Jet(f, first * slope, second * slope * slope + first * curvature);
    }

    /** {@code e^x}. */
    public Jet exp() {
        double e = Math.exp(value);
        return chain(e, e, e);
    }

    /** The natural logarithm. */
    public Jet log() {
        return chain(Math.log(value), 1 / value, -1 / (value * value));
    }

    /** {@code x^exponent}; the exponent is a constant. */
    public Jet pow(double exponent) {
        return chain(
                Math.pow(value, exponent),
                exponent == 0 ? 0 : exponent * Math.pow(value, exponent - 1),
                exponent == 0 || exponent == 1 ? 0 : exponent * (exponent - 1) * Math.pow(value, exponent - 2));
    }

    /** Hyperbolic tangent. */
    public Jet tanh() {
        double y = Math.tanh(value);
        double first = 1 - y * y;
        return chain(y, first, -2 * y * first);
    }

    /** {@code 1 / (1 + exp(-x))}. */
    public Jet sigmoid() {
        double y = logistic(value);
        double first = y * (1 - y);
        return chain(y, first, first * (1 - 2 * y));
    }

    /** {@code log(1 + exp(x))}, which overflows for no x. */
    public Jet softplus() {
        double y = logistic(value);
        return chain(Math.max(value, 0) + Math.log1p(Math.exp(-Math.abs(value))), y, y * (1 - y));
    }

    private static double logistic(double x) {
        double e = Math.exp(-Math.abs(x));
        return x >= 0 ? 1 / (1 + e) : e / (1 + e);
    }

    /** Sine. */
    public Jet sin() {
        return chain(Math.sin(value), Math.cos(value), -Math.sin(value));
    }

    /** Cosine. */
    public Jet cos() {
        return chain(Math.cos(value), -Math.sin(value), -Math.cos(value));
    }

    /** Arcsine, between -1 and 1. */
    public Jet asin() {
        double first = 1 / Math.sqrt(1 - value * value);
        return chain(Math.asin(value), first, value * first * first * first);
    }

    /** Arctangent. */
    public Jet atan() {
        double first = 1 / (1 + value * value);
        return chain(Math.atan(value), first, -2 * value * first * first);
    }

    /** The inverse of sinh. */
    public Jet asinh() {
        double first = 1 / Math.sqrt(1 + value * value);
        double size = Math.abs(value);
        double f = Math.log1p(size + size * size / (1 + Math.sqrt(1 + size * size)));
        return chain(Math.copySign(f, value), first, -value * first * first * first);
    }

    /** The inverse of cosh, of numbers above 1. */
    public Jet acosh() {
        double first = 1 / Math.sqrt(value * value - 1);
        return chain(Math.log(value + Math.sqrt(value * value - 1)), first, -value * first * first * first);
    }

    /** The inverse of tanh, between -1 and 1. */
    public Jet atanh() {
        double first = 1 / (1 - value * value);
        return chain((Math.log1p(value) - Math.log1p(-value)) / 2, first, 2 * value * first * first);
    }

    /** Hyperbolic sine. */
    public Jet sinh() {
        return chain(Math.sinh(value), Math.cosh(value), Math.sinh(value));
    }

    /** Hyperbolic cosine. */
    public Jet cosh() {
        return chain(Math.cosh(value), Math.sinh(value), Math.cosh(value));
    }

    /** Tangent. */
    public Jet tan() {
        double y = Math.tan(value);
        double first = 1 + y * y;
        return chain(y, first, 2 * y * first);
    }

    /** {@code e^x - 1}, without cancellation near 0. */
    public Jet expm1() {
        double e = Math.exp(value);
        return chain(Math.expm1(value), e, e);
    }

    /** |x|, with derivative 0 at 0. */
    public Jet abs() {
        return chain(Math.abs(value), Math.signum(value), 0);
    }

    /** The error function. */
    public Jet erf() {
        double first = 2 / Math.sqrt(Math.PI) * Math.exp(-value * value);
        return chain(erf(value), first, -2 * value * first);
    }

    /** {@code 2/sqrt(pi) exp(-x^2) sum_n 2^n x^(2n+1) / (1 3 5 ... (2n+1))}, whose terms all have one sign. */
    private static double erf(double x) {
        if (!(Math.abs(x) <= 6)) {
            return Math.signum(x);
        }
        double term = x;
        double sum = 0;
        for (int n = 1; sum + term != sum; n++) {
            sum += term;
            term *= 2 * x * x / (2 * n + 1);
        }
        return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
    }
}
