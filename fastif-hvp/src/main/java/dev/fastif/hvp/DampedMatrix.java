package dev.fastif.hvp;

import dev.fastif.hvp.internal.Cholesky;
import dev.fastif.hvp.internal.SymmetricMatrix;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What a direct solver asks about a matrix H and a damping: ends of the spectrum, and definiteness, by factoring.
 *
 * @param type in which H was computed
 * @param checkpoint runs between rows and products
 */
record DampedMatrix(SymmetricMatrix matrix, DataType type, Runnable checkpoint) {
    private static final int PRODUCTS = 60;

    /** A pivot that is no larger, relative to the largest element, is rounding. */
    private double smallestPivot(double damping) {
        double precision = type == DataType.FLOAT ? 1e-7 : 1e-15;
        return precision * (matrix.largestOnDiagonal() + damping);
    }

    Spectrum spectrum() {
        return Spectrum.of(matrix, like(), 0, steps(), checkpoint);
    }

    /** The factor, or null if H + damping is not positive definite. */
    @Nullable
    Cholesky cholesky(double damping) {
        return Cholesky.of(matrix, damping, smallestPivot(damping), checkpoint);
    }

    /** A damping with which H is positive definite, and the factor that shows it. */
    record Sufficient(double damping, Cholesky factor) {}

    /** The spectrum's damping, or as many times twice that as it takes: factoring sees what an estimate may have missed. */
    Sufficient sufficient(Spectrum spectrum) {
        double damping = spectrum.sufficientDamping();
        Cholesky factor = cholesky(damping);
        while (factor == null) {
            damping *= 2;
            factor = cholesky(damping);
        }
        return new Sufficient(damping, factor);
    }

    /** The smallest eigenvalue of a matrix that was factored. */
    double smallest(Cholesky factor) {
        return 1 / Spectrum.of(factor, like(), 0, steps(), checkpoint).largest();
    }

    private INDArray like() {
        return Nd4j.create(DataType.DOUBLE, matrix.size());
    }

    private int steps() {
        return (int) Math.min(PRODUCTS, matrix.size());
    }
}
