package dev.fastif.core;

import dev.fastif.core.internal.Check;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One column of the outputs. */
record Logit(int index) implements Measurement {
    Logit {
        Check.argument(index >= 0, "index is %d: a class index counts from 0", index);
    }

    @Override
    public INDArray values(INDArray outputs, @Nullable INDArray labels) {
        return outputs.getColumn(requireColumn(outputs, index)).dup();
    }

    @Override
    public INDArray gradient(INDArray outputs, @Nullable INDArray labels) {
        INDArray gradient = outputs.ulike().assign(0);
        gradient.getColumn(requireColumn(outputs, index)).assign(1);
        return gradient;
    }

    static int requireColumn(INDArray outputs, int index) {
        Check.argument(
                index < outputs.size(1), "index is %d: the model has outputs 0 to %d", index, outputs.size(1) - 1);
        return index;
    }
}
