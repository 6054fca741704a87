package dev.fastif.hvp.autodiff;

import org.nd4j.linalg.api.ndarray.INDArray;

/** An operation without parameters on constants: never active, so it has no derivatives. */
public interface Constant extends SimpleOperation {
    @Override
    default INDArray tangent(Frame frame) {
        throw new IllegalStateException(name() + " is constant");
    }

    @Override
    default void adjoint(Frame frame) {
        throw new IllegalStateException(name() + " is constant");
    }

    @Override
    default void adjointTangent(Frame frame) {
        throw new IllegalStateException(name() + " is constant");
    }
}
