package dev.fastif.hvp.autodiff;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** An array of the batch. Real numbers are brought to the graph's data type, whole numbers are left as they are. */
record Input(String array, DataType dataType) implements Constant {
    @Override
    public INDArray value(Frame f) {
        INDArray given = f.fromBatch(array);
        if (!given.dataType().isFPType()) {
            return Elements.dense(given);
        }
        INDArray typed = given.castTo(dataType);
        boolean byAddress = f.kernels().isShared(); // then a part of another array is as good as any
        return byAddress && Elements.isContiguous(typed) ? typed : Elements.dense(typed);
    }

    @Override
    public boolean isByKernels() {
        return true;
    }

    @Override
    public String name() {
        return "input '" + array + "'";
    }
}
