package dev.fastif.hvp.autodiff.operations;

import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The first input, [n, t], with axes of size 1 between its two, so that it has the rank of the second. */
record BetweenEnds() implements LinearMap {
    @Override
    public Plan at(List<INDArray> inputs) {
        INDArray like = inputs.get(1);
        long[] from = inputs.get(0).shape().clone();
        long[] to = new long[like.rank()];
        Arrays.fill(to, 1);
        to[0] = from[0];
        to[to.length - 1] = from[1];
        return new Plan() {
            @Override
            public INDArray apply(List<INDArray> x) {
                return x.get(0).reshape('c', to);
            }

            @Override
            public INDArray transpose(int i, INDArray adjoint) {
                return i == 0 ? adjoint.reshape('c', from) : like.ulike().assign(0);
            }
        };
    }
}
