package dev.fastif.hvp.autodiff;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** 0, 1, 2, ... along the second dimension of ids [n, t]: what position embeddings look up. */
record Positions() implements Operation {
    @Override
    public INDArray value(Frame f) {
        INDArray ids = f.input(0);
        INDArray row =
                Nd4j.arange(0, (double) ids.size(1)).castTo(DataType.INT32).reshape(1, ids.size(1));
        return row.repeat(0, ids.size(0));
    }

    @Override
    public INDArray tangent(Frame f) {
        throw new IllegalStateException("positions are constant");
    }

    @Override
    public void adjoint(Frame f) {
        throw new IllegalStateException("positions are constant");
    }

    @Override
    public void adjointTangent(Frame f) {
        throw new IllegalStateException("positions are constant");
    }
}
