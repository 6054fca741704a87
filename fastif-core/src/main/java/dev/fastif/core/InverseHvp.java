package dev.fastif.core;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Solves {@code (H + lambda I) s = v}: an inverse-Hessian-vector product (paper, section 3.3). Implementations are
 * immutable bags of validated options and hold no state of a run, so one serves many threads.
 */
public interface InverseHvp {
    /**
     * Solves the damped system.
     *
     * @param curvature where H comes from
     * @param vector v, [p]; not modified
     * @param progress hears of each Hessian-vector product in stage {@link Stage#INVERSE_HVP}
     * @return s and its certificate
     * @throws SolveFailedException if no solution of the promised quality was found; it says what to change
     * @throws java.util.concurrent.CancellationException if the thread is interrupted
     */
    Solution solve(Curvature curvature, INDArray vector, Progress progress);

    /** The damping lambda, at least 0. */
    double damping();
}
