package dev.fastif.hvp.autodiff.operations;

import dev.fastif.hvp.autodiff.Frame;
import dev.fastif.hvp.autodiff.SimpleOperation;
import dev.fastif.hvp.autodiff.kernels.Elements;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A parameter as a value like any other. */
record ParameterValue() implements SimpleOperation {
    @Override
    public INDArray value(Frame f) {
        return Elements.dense(f.parameter(0));
    }

    @Override
    public INDArray tangent(Frame f) {
        return Elements.dense(f.require(f.parameterTangent(0)));
    }

    @Override
    public void adjoint(Frame f) {}

    @Override
    public void gradient(Frame f) {
        f.sink(0).addi(f.adjoint());
    }

    @Override
    public void adjointTangent(Frame f) {
        f.sink(0).addi(f.adjointTangent());
    }

    @Override
    public String name() {
        return "parameter";
    }
}
