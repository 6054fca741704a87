package dev.fastif.hvp.autodiff;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * An array of the batch, in the graph's data type: where a user's numbers enter the arithmetic, which takes addresses and no other
 * type. (That they can be read at all the batch sees to.) Whole numbers up to 2^24 are exact in single precision.
 */
record Input(String array, DataType dataType) implements Constant {
    @Override
    public INDArray value(Frame f) {
        return f.kernels().load(f.fromBatch(array));
    }

    @Override
    public String name() {
        return "input '" + array + "'";
    }
}
