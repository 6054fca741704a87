package dev.fastif.hvp.autodiff;

import dev.fastif.core.Loss;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** {@code |z|^2 / 2}: a user's loss whose gradient and Hessian-vector product are its very arguments. */
record HalfSquare() implements Loss {
    @Override
    public INDArray values(INDArray outputs, @Nullable INDArray labels) {
        return outputs.mul(outputs).sum(1).divi(2);
    }

    @Override
    public INDArray gradient(INDArray outputs, @Nullable INDArray labels) {
        return outputs;
    }

    @Override
    public INDArray hessianVectorProduct(INDArray outputs, @Nullable INDArray labels, INDArray tangent) {
        return tangent;
    }
}
