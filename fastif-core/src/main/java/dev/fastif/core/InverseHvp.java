package dev.fastif.core;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Solves {@code (H + lambda I) s = v}: an inverse-Hessian-vector product (paper, section 3.3). Implementations are
 * immutable bags of validated options and hold no state of a run, so one serves many threads. One that is to be an engine's
 * default is a service of this type, for {@link java.util.ServiceLoader}.
 */
public interface InverseHvp {
    /**
     * Solves the damped system for several right-hand sides, which share what work they can. Each solution is that of
     * {@link #solve} up to rounding; settings that a solver chooses for itself are chosen for the first of them.
     *
     * @param curvature where H comes from
     * @param vectors each a v, [p]; not modified
     * @param progress hears of each product with all of them in stage {@link Stage#INVERSE_HVP}
     * @return s and its certificate for each v
     * @throws SolveFailedException if no solution of the promised quality was found; it says what to change
     * @throws java.util.concurrent.CancellationException if the thread is interrupted
     */
    List<Solution> solveAll(Curvature curvature, List<INDArray> vectors, Progress progress);

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
    default Solution solve(Curvature curvature, INDArray vector, Progress progress) {
        return solveAll(curvature, List.of(vector), progress).get(0);
    }

    /**
     * This solver with what depends on the curvature alone done beforehand, for many solves: it gives the same solutions as long as
     * the curvature's model and examples stay as they are. It keeps neither of the arguments. Default: this solver, which has
     * nothing to prepare.
     *
     * @param like a right-hand side as they will come, [p]; not modified
     * @param progress hears of each product in stage {@link Stage#INVERSE_HVP}
     * @throws SolveFailedException if there is no such system
     * @throws java.util.concurrent.CancellationException if the thread is interrupted
     */
    default InverseHvp prepared(Curvature curvature, INDArray like, Progress progress) {
        return this;
    }

    /**
     * Whether the values of solutions are arrays that nobody else has, so that an engine frees them when the question is answered.
     * Default: no, since a solver may keep what it has solved.
     */
    default boolean givesSolutionsAway() {
        return false;
    }
}
