package dev.fastif.core;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Which matrix stands for the curvature of the mean loss. */
public enum CurvatureMatrix {
    /** The Hessian. That of a network is indefinite: a system with it needs damping above its most negative eigenvalue. */
    HESSIAN {
        @Override
        List<INDArray> products(Model model, Batch batch, List<INDArray> vectors) {
            return model.hessianVectorProducts(batch, vectors);
        }
    },
    /**
     * The generalized Gauss-Newton matrix {@code J^T H_out J}, with J the Jacobian of the outputs and H_out the Hessian of
     * the loss with respect to them: the Hessian without the curvature of the network itself. Positive semi-definite for
     * convex losses, so that any damping above 0 will do; equal to the Hessian for linear models; about five eighths of its
     * cost.
     */
    GAUSS_NEWTON {
        @Override
        List<INDArray> products(Model model, Batch batch, List<INDArray> vectors) {
            return model.gaussNewtonProducts(batch, vectors);
        }
    };

    /** The products of the mean over the batch, without regularization, with vectors [p]. */
    abstract List<INDArray> products(Model model, Batch batch, List<INDArray> vectors);
}
