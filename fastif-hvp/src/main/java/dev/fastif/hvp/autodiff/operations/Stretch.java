package dev.fastif.hvp.autodiff.operations;

import dev.fastif.core.internal.Check;
import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The first input stretched to the shape of the second: it is a single number, or of the same rank. */
record Stretch(String name) implements LinearMap {
    @Override
    public Plan at(List<INDArray> inputs) {
        long[] from = inputs.get(0).shape().clone();
        INDArray like = inputs.get(1);
        long[] to = like.shape().clone();
        boolean single = inputs.get(0).length() == 1;
        boolean fits = single || from.length == to.length;
        for (int i = 0; fits && !single && i < to.length; i++) {
            fits = from[i] == to[i] || from[i] == 1;
        }
        Check.argument(
                fits,
                "%s have shape %s: they must be one number, or have the rank of %s and its sizes or 1",
                name,
                Arrays.toString(from),
                Arrays.toString(to));
        long[] aligned = single ? new long[] {1} : from;
        return new Plan() {
            @Override
            public INDArray apply(List<INDArray> x) {
                return Broadcast.to(x.get(0).reshape('c', aligned), to);
            }

            @Override
            public INDArray transpose(int i, INDArray adjoint) {
                return i == 0
                        ? Broadcast.sumTo(adjoint, aligned).reshape('c', from)
                        : like.ulike().assign(0);
            }
        };
    }
}
