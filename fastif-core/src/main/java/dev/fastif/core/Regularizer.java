package dev.fastif.core;

import dev.fastif.core.internal.Check;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The part R(theta) of the objective that does not depend on examples: {@code coefficient * |theta|^2} over the
 * parameters that are not excluded. Its Hessian is {@code 2 * coefficient} on their diagonal. (A penalty written
 * {@code l2/2 * |theta|^2} has coefficient {@code l2/2}.)
 *
 * <p>Immutable and thread-safe.
 */
public final class Regularizer {
    private static final Regularizer NONE = new Regularizer(0, List.of());

    private final double coefficient;
    private final List<String> excluded;

    private Regularizer(double coefficient, List<String> excluded) {
        this.coefficient = coefficient;
        this.excluded = excluded;
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
        return new Regularizer(Check.notNegative("coefficient", coefficient), List.of());
    }

    /** Returns this regularizer without the parameters whose name contains one of {@code parts}. */
    public Regularizer excluding(String... parts) {
        List<String> all = new ArrayList<>(excluded);
        all.addAll(List.of(parts));
        return new Regularizer(coefficient, List.copyOf(all));
    }

    /** The coefficient of {@code |theta|^2}. */
    public double coefficient() {
        return coefficient;
    }

    /** Whether the parameter of this name is regularized. */
    public boolean appliesTo(String name) {
        return coefficient != 0 && excluded.stream().noneMatch(name::contains);
    }

    /** R(theta) for theta [p]. */
    public double value(ParameterLayout layout, INDArray theta) {
        double sum = 0;
        for (String name : layout.names()) {
            if (appliesTo(name)) {
                double norm = layout.view(theta, name).norm2Number().doubleValue();
                sum += norm * norm;
            }
        }
        return coefficient * sum;
    }

    /**
     * Adds the gradient of R at {@code x} to {@code out}, both [p]. R is quadratic: with a direction in place of theta
     * this adds the product of R's Hessian with that direction.
     */
    public void addGradient(ParameterLayout layout, INDArray x, INDArray out) {
        for (String name : layout.names()) {
            if (appliesTo(name)) {
                INDArray slice = layout.slice(x, name);
                Nd4j.getBlasWrapper().level1().axpy(slice.length(), 2 * coefficient, slice, layout.slice(out, name));
            }
        }
    }

    @Override
    public String toString() {
        return coefficient == 0
                ? "no regularization"
                : "weight decay " + coefficient + (excluded.isEmpty() ? "" : " except " + excluded);
    }
}
