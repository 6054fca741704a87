package dev.fastif.hvp.autodiff.operations;

import dev.fastif.core.internal.Check;
import dev.fastif.hvp.autodiff.Frame;
import dev.fastif.hvp.autodiff.SimpleOperation;
import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;

/** {@code a + b}, of the same shape: a residual connection. */
record Add() implements SimpleOperation {
    @Override
    public INDArray value(Frame f) {
        Check.argument(
                Arrays.equals(f.input(0).shape(), f.input(1).shape()),
                "arrays of shapes %s and %s are added: does the batch fit the model?",
                Arrays.toString(f.input(0).shape()),
                Arrays.toString(f.input(1).shape()));
        return f.kernels().sum(f.input(0), f.input(1));
    }

    @Override
    public INDArray tangent(Frame f) {
        INDArray da = f.inputTangent(0);
        INDArray db = f.inputTangent(1);
        if (da == null || db == null) {
            return f.require(da == null ? db : da);
        }
        return f.kernels().sum(da, db);
    }

    @Override
    public void adjoint(Frame f) {
        for (int i = 0; i < 2; i++) {
            if (f.isActive(i)) {
                f.addAdjoint(i, f.adjoint());
            }
        }
    }

    @Override
    public void adjointTangent(Frame f) {
        for (int i = 0; i < 2; i++) {
            if (f.isActive(i)) {
                f.addAdjointTangent(i, f.adjointTangent());
            }
        }
    }
}
