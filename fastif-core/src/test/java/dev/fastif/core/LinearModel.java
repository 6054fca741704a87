package dev.fastif.core;

import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A linear model {@code outputs = features W} in double precision, whose derivatives are written out by hand: the
 * gradient is {@code X^T g / n}, the Hessian that of the loss between two products with X. (Products by {@code matmul}:
 * {@code mmul} with a matrix of one element turns NaN into 1e-5.)
 */
record LinearModel(INDArray weights, Loss loss, Regularizer regularizer) implements Model {
    @Override
    public ParameterLayout parameters() {
        return ParameterLayout.of(Map.of("weights", weights.shape()), DataType.DOUBLE);
    }

    @Override
    public INDArray parameterValues() {
        return weights.dup('c').reshape(weights.length());
    }

    @Override
    public INDArray outputs(Batch batch) {
        return Nd4j.matmul(features(batch), weights);
    }

    @Override
    public INDArray features(Batch batch) {
        return batch.get(Batch.FEATURES);
    }

    @Override
    public INDArray gradient(Batch batch, Measurement measurement) {
        return pulledBack(batch, measurement.gradient(outputs(batch), batch.find(Batch.LABELS)));
    }

    @Override
    public INDArray hessianVectorProduct(Batch batch, INDArray vector) {
        INDArray tangent = Nd4j.matmul(features(batch), asWeights(vector));
        return pulledBack(batch, loss.hessianVectorProduct(outputs(batch), batch.find(Batch.LABELS), tangent));
    }

    /** A linear model's Gauss-Newton matrix is its Hessian. */
    @Override
    public List<INDArray> gaussNewtonProducts(Batch batch, List<INDArray> vectors) {
        return hessianVectorProducts(batch, vectors);
    }

    @Override
    public INDArray directionalDerivatives(Batch batch, INDArray direction) {
        INDArray tangent = Nd4j.matmul(features(batch), asWeights(direction));
        return loss.gradient(outputs(batch), batch.find(Batch.LABELS))
                .mul(tangent)
                .sum(1);
    }

    private INDArray asWeights(INDArray vector) {
        return vector.reshape('c', weights.shape());
    }

    private INDArray pulledBack(Batch batch, INDArray perOutput) {
        INDArray mean =
                Nd4j.matmul(features(batch), perOutput, true, false, false).div(batch.size());
        return mean.dup('c').reshape(weights.length());
    }
}
