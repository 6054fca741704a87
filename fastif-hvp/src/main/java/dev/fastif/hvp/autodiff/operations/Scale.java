package dev.fastif.hvp.autodiff.operations;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** {@code factor * x}. */
record Scale(double factor) implements LinearMap {
    @Override
    public Plan at(List<INDArray> inputs) {
        return Plan.of(x -> x.mul(factor), g -> g.mul(factor));
    }
}
