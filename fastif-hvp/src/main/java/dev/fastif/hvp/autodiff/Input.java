package dev.fastif.hvp.autodiff;

import dev.fastif.core.internal.Check;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * An array of the batch, in the graph's data type: the one place where a user's array enters the arithmetic, which takes
 * addresses and no other type. Whole numbers up to 2^24 are exact in single precision.
 */
record Input(String array, DataType dataType) implements Constant {
    @Override
    public INDArray value(Frame f) {
        INDArray given = f.fromBatch(array);
        Check.argument(!given.wasClosed(), "array '%s' of the batch has been closed: give one that is open", array);
        Check.argument(
                given.dataType().isNumerical() || given.dataType() == DataType.BOOL,
                "array '%s' of the batch is %s: a model takes numbers",
                array,
                given.dataType());
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
