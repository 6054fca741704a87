package dev.fastif.hvp.autodiff;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** An array of the batch. Real numbers are brought to the graph's data type, whole numbers are left as they are. */
record Input(String array, DataType dataType) implements Constant {
    @Override
    public INDArray value(Frame f) {
        INDArray given = f.fromBatch(array);
        INDArray typed = given.dataType().isFPType() ? given.castTo(dataType) : given;
        return typed.ordering() == 'c' && !typed.isView() ? typed : typed.dup('c');
    }

    @Override
    public String name() {
        return "input '" + array + "'";
    }
}
