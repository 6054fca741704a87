package dev.fastif.hvp.autodiff.operations;

import dev.fastif.core.internal.Check;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The first input, which has as many rows for each example as for any other, with one row for each example of the second. */
record RowsOf() implements LinearMap {
    @Override
    public Plan at(List<INDArray> inputs) {
        long[] from = inputs.get(0).shape().clone();
        INDArray examples = inputs.get(1);
        Check.argument(
                from.length > 0 && from[0] % examples.size(0) == 0,
                "the loss has %d values for a batch of %d examples: dimension 0 must be that of the examples",
                inputs.get(0).length(),
                examples.size(0));
        return new Plan() {
            @Override
            public INDArray apply(List<INDArray> x) {
                return x.get(0).reshape('c', examples.size(0), -1);
            }

            @Override
            public INDArray transpose(int i, INDArray adjoint) {
                return i == 0 ? adjoint.reshape('c', from) : examples.ulike().assign(0);
            }
        };
    }
}
