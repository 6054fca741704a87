package dev.fastif.core;

/**
 * The curvature of a training objective: for every sample of training examples the symmetric operator of their mean
 * curvature, regularization included and damping not. What solvers invert.
 *
 * <p>Thread-safe.
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

    /** The Hessian of the mean training loss plus the regularizer. */
    static Curvature hessian(Model model, TrainingSet trainingSet) {
        return new Hessian(model, trainingSet);
    }
}
