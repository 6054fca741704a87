package dev.fastif.hvp.autodiff.operations;

import dev.fastif.core.internal.Check;
import dev.fastif.hvp.autodiff.Constant;
import dev.fastif.hvp.autodiff.Frame;
import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** 0, 1, 2, ... along the second dimension of ids [n, t]: what position embeddings look up. */
record Positions() implements Constant {
    @Override
    public INDArray value(Frame f) {
        INDArray ids = f.input(0);
        Check.argument(ids.rank() == 2, "ids have shape %s: they must be [n, t]", Arrays.toString(ids.shape()));
        INDArray row =
                Nd4j.arange(0, (double) ids.size(1)).castTo(DataType.INT32).reshape(1, ids.size(1));
        return row.repeat(0, ids.size(0));
    }
}
