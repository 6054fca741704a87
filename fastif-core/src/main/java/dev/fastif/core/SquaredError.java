package dev.fastif.core;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** {@code sum_c (z_c - y_c)^2}. */
record SquaredError() implements Loss {
    @Override
    public INDArray values(INDArray outputs, @Nullable INDArray labels) {
        INDArray difference = outputs.sub(Labels.likeOutputs(outputs, labels));
        return difference.muli(difference).sum(1);
    }

    @Override
    public INDArray gradient(INDArray outputs, @Nullable INDArray labels) {
        return outputs.sub(Labels.likeOutputs(outputs, labels)).muli(2);
    }

    @Override
    public INDArray hessianVectorProduct(INDArray outputs, @Nullable INDArray labels, INDArray tangent) {
        return tangent.mul(2);
    }
}
