package dev.fastif.core;

import dev.fastif.core.internal.Check;
import dev.fastif.core.internal.Memory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * The part R(theta) of the objective that does not depend on examples: {@code coefficient * |theta|^2} over the
 * parameters that are not excluded, or each with a coefficient of its own. Its Hessian is {@code 2 * coefficient} on their
 * diagonal. (A penalty written {@code l2/2 * |theta|^2} has coefficient {@code l2/2}.) Sums of absolute values may be added, which
 * have a gradient but no curvature.
 *
 * <p>Immutable and thread-safe.
 */
public final class Regularizer {
    private static final Regularizer NONE = new Regularizer(0, List.of(), Map.of(), Map.of());

    private final double coefficient;
    private final List<String> excluded;

    /** Coefficients of single parameters, in place of the common one. */
    private final Map<String, Double> own;

    /** Coefficients of sums of absolute values. */
    private final Map<String, Double> absolute;

    private Regularizer(
            double coefficient, List<String> excluded, Map<String, Double> own, Map<String, Double> absolute) {
        this.coefficient = coefficient;
        this.excluded = excluded;
        this.own = own;
        this.absolute = absolute;
    }

    /** No regularization. */
    public static Regularizer none() {
        return NONE;
    }

    /**
     * Weight decay {@code coefficient * |theta|^2} over every trainable parameter.
     *
     * @param coefficient finite, at least 0
     */
    public static Regularizer weightDecay(double coefficient) {
        return new Regularizer(Check.notNegative("coefficient", coefficient), List.of(), Map.of(), Map.of());
    }

    /**
     * Weight decay with a coefficient for each parameter; those without one are not regularized.
     *
     * @param coefficients from a parameter's name to the coefficient of {@code |theta|^2} over it, finite and at least 0
     */
    public static Regularizer weightDecay(Map<String, Double> coefficients) {
        coefficients.forEach((name, value) -> Check.notNegative("the coefficient of '" + name + "'", value));
        return new Regularizer(0, List.of(), Map.copyOf(coefficients), Map.of());
    }

    /** Returns this regularizer without the parameters whose name contains one of {@code parts}. */
    public Regularizer excluding(String... parts) {
        List<String> all = new ArrayList<>(excluded);
        all.addAll(List.of(parts));
        return new Regularizer(coefficient, List.copyOf(all), own, absolute);
    }

    /**
     * Returns this regularizer plus {@code coefficient * |theta|_1}, the sum of absolute values, over parameters of these names.
     * It counts in {@link #value} and {@link #addGradient}, at 0 with slope 0; it has no curvature.
     *
     * @param coefficients from a parameter's name to its coefficient, finite and at least 0
     */
    public Regularizer plusAbsolute(Map<String, Double> coefficients) {
        coefficients.forEach((name, value) -> Check.notNegative("the coefficient of '" + name + "'", value));
        return new Regularizer(coefficient, excluded, own, Map.copyOf(coefficients));
    }

    /** The common coefficient of {@code |theta|^2}; 0 if each parameter has its own. */
    public double coefficient() {
        return coefficient;
    }

    /** The coefficient of {@code |theta|^2} over the parameter of this name: 0 if it is not regularized. */
    public double coefficient(String name) {
        return excluded.stream().anyMatch(name::contains) ? 0 : own.getOrDefault(name, coefficient);
    }

    /** Whether the parameter of this name is regularized. */
    public boolean appliesTo(String name) {
        return coefficient(name) != 0;
    }

    /** R(theta) for theta [p]. */
    public double value(ParameterLayout layout, INDArray theta) {
        layout.require("theta", theta);
        double sum = 0;
        for (String name : layout.names()) {
            if (appliesTo(name)) {
                double norm = layout.view(theta, name).norm2Number().doubleValue();
                sum += coefficient(name) * norm * norm;
            }
            sum += absolute(name) * layout.slice(theta, name).norm1Number().doubleValue();
        }
        return sum;
    }

    private double absolute(String name) {
        return excluded.stream().anyMatch(name::contains) ? 0 : absolute.getOrDefault(name, 0.0);
    }

    /** Adds the gradient of R at {@code theta} to {@code out}, both [p]. */
    public void addGradient(ParameterLayout layout, INDArray theta, INDArray out) {
        addHessianProduct(layout, theta, out); // of the quadratic part
        for (String name : layout.names()) {
            if (absolute(name) != 0) {
                INDArray signs =
                        Transforms.sign(layout.slice(theta, name), true).muli(absolute(name));
                layout.slice(out, name).addi(signs);
                Memory.free(signs);
            }
        }
    }

    /** {@code v . grad R} at the model's parameters, for v [p]. */
    double slope(Model model, INDArray v) {
        if (coefficient == 0 && own.isEmpty() && absolute.isEmpty()) {
            return 0;
        }
        INDArray theta = model.parameterValues();
        INDArray gradient = theta.ulike().assign(0);
        addGradient(model.parameters(), theta, gradient);
        double slope = Nd4j.getBlasWrapper().dot(gradient, v);
        Memory.free(theta);
        Memory.free(gradient);
        return slope;
    }

    /** Adds the product of R's Hessian with {@code x} to {@code out}, both [p]. */
    public void addHessianProduct(ParameterLayout layout, INDArray x, INDArray out) {
        layout.require("x", x);
        layout.require("out", out);
        for (String name : layout.names()) {
            if (appliesTo(name)) {
                INDArray slice = layout.slice(x, name);
                double factor = 2 * coefficient(name);
                Nd4j.getBlasWrapper().level1().axpy(slice.length(), factor, slice, layout.slice(out, name));
            }
        }
    }

    @Override
    public String toString() {
        String more = absolute.isEmpty() ? "" : ", absolute values " + absolute;
        if (!own.isEmpty()) {
            return "weight decay " + own + more;
        }
        return coefficient == 0
                ? "no " + (more.isEmpty() ? "regularization" : "weight decay" + more)
                : "weight decay " + coefficient + (excluded.isEmpty() ? "" : " except " + excluded) + more;
    }
}
