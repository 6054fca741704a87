package dev.fastif.hvp;

import dev.fastif.core.LinearOperator;
import dev.fastif.core.internal.Memory;
import java.util.Locale;
import java.util.SplittableRandom;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The ends of an operator's spectrum as Lanczos' method saw them: an interval that touches it from within.
 *
 * @param smallest the smallest eigenvalue, negative if the operator is indefinite
 * @param largest the largest one
 */
record Spectrum(double smallest, double largest) {
    /** Up to which part of the largest eigenvalue rounding may make an eigenvalue negative. */
    private static final double ROUNDING = 1e-6;

    /** A tenth for what the estimate may have missed, a thousandth of the largest so that the system is well posed. */
    private static final double MISSED = 1.1;

    private static final double WELL_POSED = 1e-3;

    /** Estimates the spectrum by {@code steps} products, from a random vector of {@code like}'s length. */
    static Spectrum of(LinearOperator operator, INDArray like, long seed, int steps, Runnable checkpoint) {
        INDArray start = signs(like, seed);
        Spectrum spectrum = Lanczos.extremes(operator, start, steps, checkpoint);
        Memory.free(start);
        return spectrum;
    }

    /** The largest absolute value of an eigenvalue. */
    double radius() {
        return Math.max(Math.abs(smallest), Math.abs(largest));
    }

    /** Whether the operator plus {@code damping} has no negative eigenvalue, but for rounding. */
    boolean isDefinite(double damping) {
        return smallest + damping >= -ROUNDING * radius();
    }

    /** A damping that makes the operator positive definite. */
    double sufficientDamping() {
        return Math.max(0, -MISSED * smallest) + WELL_POSED * (radius() == 0 ? 1 : radius());
    }

    /** What {@link #sufficientDamping} is, in words. */
    String reason() {
        return String.format(
                Locale.ROOT,
                "a thousandth of the largest eigenvalue of H, about %.4g%s",
                radius(),
                smallest < -ROUNDING * radius()
                        ? String.format(Locale.ROOT, ", and 1.1 times the negative one, about %.4g", smallest)
                        : "");
    }

    /** This spectrum, or a wider one if {@code eigenvalue} lies outside. */
    Spectrum including(double eigenvalue) {
        return new Spectrum(Math.min(smallest, eigenvalue), Math.max(largest, eigenvalue));
    }

    /** A vector of random signs. */
    static INDArray signs(INDArray like, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] signs = new float[Math.toIntExact(like.length())];
        for (int i = 0; i < signs.length; i++) {
            signs[i] = random.nextBoolean() ? 1 : -1;
        }
        return Nd4j.createFromArray(signs).castTo(like.dataType());
    }
}
