package dev.fastif.hvp.internal;

import dev.fastif.core.Loss;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What a model answers when it is asked for a loss that it alone can evaluate, with masks and weights: a marker, which the
 * model recognises. Immutable.
 *
 * @param name what it is called
 */
public record LossOfModel(String name) implements Loss {
    @Override
    public INDArray values(INDArray outputs, @Nullable INDArray labels) {
        throw refusal();
    }

    @Override
    public INDArray gradient(INDArray outputs, @Nullable INDArray labels) {
        throw refusal();
    }

    @Override
    public INDArray hessianVectorProduct(INDArray outputs, @Nullable INDArray labels, INDArray tangent) {
        throw refusal();
    }

    private UnsupportedOperationException refusal() {
        return new UnsupportedOperationException(
                name + " is not a function of outputs and labels alone: ask the model for losses(batch),"
                        + " gradient(batch) or a Hessian-vector product");
    }

    @Override
    public String toString() {
        return name;
    }
}
