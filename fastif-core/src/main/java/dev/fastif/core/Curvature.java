package dev.fastif.core;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The curvature of a training objective: for every sample of training examples the symmetric operator of their mean
 * curvature, regularization included and damping not. What solvers invert.
 *
 * <p>Thread-safe towards the tasks of its {@link #workers()}.
 */
public interface Curvature {
    /** The number p of parameters. */
    long size();

    /** The number N of training examples. */
    int examples();

    /** The operator of the mean over these examples. */
    LinearOperator on(int... ids);

    /** The operator of the mean over all training examples. */
    LinearOperator full();

    /**
     * Steps of a recurrence, with A the operator of the mean over the examples of each step.
     *
     * @return the iteration, for this thread to close
     * @throws IllegalArgumentException if one of the vectors is no [p] of the model's type, now or in the first step
     */
    default Iteration<int[]> iteration(Recurrence recurrence) {
        return ids -> recurrence.step(on(ids).applyAll(recurrence.vectors()));
    }

    /**
     * A cheap stand-in for the diagonal of the operator of the mean over these examples: the mean of their gradients'
     * squares, element by element, which is the diagonal of the empirical Fisher matrix, plus that of the regularization.
     *
     * @return a fresh array [p]
     */
    INDArray approximateDiagonal(int... ids);

    /** Where independent products may be computed at the same time. */
    default Workers workers() {
        return Workers.caller();
    }

    /** The Hessian of the mean training loss plus the regularizer, computed on the calling thread. */
    static Curvature hessian(Model model, TrainingSet trainingSet) {
        return of(CurvatureMatrix.HESSIAN, model, trainingSet);
    }

    /** A matrix of the mean training loss, plus the Hessian of the regularizer, computed on the calling thread. */
    static Curvature of(CurvatureMatrix matrix, Model model, TrainingSet trainingSet) {
        return new MeanCurvature(
                matrix,
                trainingSet,
                LengthBatches.of(model, trainingSet),
                Replicas.of(model, DeviceGroup.none()).open());
    }
}
