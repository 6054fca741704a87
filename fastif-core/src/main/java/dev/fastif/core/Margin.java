package dev.fastif.core;

import dev.fastif.core.internal.Check;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Log-odds of one class: {@code z_c - logsumexp of the other outputs}. */
record Margin(int index) implements Measurement {
    Margin {
        Check.argument(index >= 0, "index is %d: a class index counts from 0", index);
    }

    @Override
    public INDArray values(INDArray outputs, @Nullable INDArray labels) {
        INDArray others = others(outputs);
        INDArray max = others.max(true, 1);
        INDArray logSumExp = Transforms.log(
                        Transforms.exp(others.subColumnVector(max), false).sum(1), false)
                .addi(max.reshape(max.length()));
        return outputs.getColumn(index).sub(logSumExp);
    }

    @Override
    public INDArray gradient(INDArray outputs, @Nullable INDArray labels) {
        INDArray others = others(outputs);
        INDArray exp = Transforms.exp(others.subColumnVector(others.max(true, 1)), false);
        INDArray gradient = exp.diviColumnVector(exp.sum(true, 1)).negi();
        gradient.getColumn(index).assign(1);
        return gradient;
    }

    /** The outputs with class {@code index} made so small that it vanishes from a softmax. */
    private INDArray others(INDArray outputs) {
        Logit.requireColumn(outputs, index);
        Check.argument(outputs.size(1) >= 2, "a margin needs at least two outputs: the model has %d", outputs.size(1));
        INDArray others = outputs.dup();
        others.getColumn(index).assign(Double.NEGATIVE_INFINITY);
        return others;
    }
}
