package dev.fastif.hvp;

import org.nd4j.linalg.api.ndarray.INDArray;

/** An approximation of {@code (H + lambda I)^-1} that is cheap to apply. */
@FunctionalInterface
interface Preconditioner {
    /** Returns a fresh array, or {@code residual} itself if it is to stay as it is. */
    INDArray apply(INDArray residual);

    static Preconditioner none() {
        return residual -> residual;
    }

    /** Division by {@code diagonal + damping}, element by element; elements without any curvature stay as they are. */
    static Preconditioner diagonal(INDArray diagonal, double damping) {
        INDArray inverse = diagonal.add(damping);
        double tiny = 1e-12 * inverse.maxNumber().doubleValue();
        inverse.addi(tiny == 0 ? 1 : tiny).rdivi(1);
        return residual -> residual.mul(inverse);
    }
}
