package dev.fastif.core;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/** {@code sum_c log(1 + exp z_c) - y_c z_c}. */
record BinaryCrossEntropy() implements Loss {
    @Override
    public INDArray values(INDArray outputs, @Nullable INDArray labels) {
        INDArray y = Labels.likeOutputs(outputs, labels);
        // log(1 + e^z) = max(z, 0) + log(1 + e^-|z|), which overflows for no z
        INDArray tail = Transforms.log(
                Transforms.exp(Transforms.abs(outputs, true).negi(), false).addi(1), false);
        return Transforms.max(outputs, 0, true).addi(tail).subi(y.mul(outputs)).sum(1);
    }

    @Override
    public INDArray gradient(INDArray outputs, @Nullable INDArray labels) {
        return Transforms.sigmoid(outputs, true).subi(Labels.likeOutputs(outputs, labels));
    }

    @Override
    public INDArray hessianVectorProduct(INDArray outputs, @Nullable INDArray labels, INDArray tangent) {
        INDArray p = Transforms.sigmoid(outputs, true);
        return p.mul(p.rsub(1)).muli(tangent);
    }
}
