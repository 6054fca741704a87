package dev.fastif.core;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/** {@code -sum_c y_c log softmax(z)_c}: of a distribution y, or of any weights of the classes, each at least 0. */
record SoftmaxCrossEntropy() implements Loss {
    @Override
    public INDArray values(INDArray outputs, @Nullable INDArray labels) {
        INDArray y = Labels.distributions(outputs, labels);
        INDArray shifted = outputs.subColumnVector(outputs.max(true, 1));
        INDArray logSumExp = Transforms.log(Transforms.exp(shifted, true).sum(true, 1), false);
        return shifted.subiColumnVector(logSumExp).muli(y).sum(1).negi();
    }

    @Override
    public INDArray gradient(INDArray outputs, @Nullable INDArray labels) {
        INDArray y = Labels.distributions(outputs, labels);
        return softmax(outputs).muliColumnVector(y.sum(true, 1)).subi(y);
    }

    @Override
    public INDArray hessianVectorProduct(INDArray outputs, @Nullable INDArray labels, INDArray tangent) {
        INDArray p = softmax(outputs);
        INDArray mean = p.mul(tangent).sum(true, 1);
        INDArray weight = Labels.distributions(outputs, labels).sum(true, 1);
        return tangent.subColumnVector(mean).muli(p).muliColumnVector(weight);
    }

    private static INDArray softmax(INDArray outputs) {
        INDArray exp = Transforms.exp(outputs.subColumnVector(outputs.max(true, 1)), false);
        return exp.diviColumnVector(exp.sum(true, 1));
    }
}
