package dev.fastif.hvp.autodiff.operations;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** {@code s a + t b}, element by element, with broadcasting. */
record WeightedSum(double s, double t) implements LinearMap {
    @Override
    public Plan at(List<INDArray> inputs) {
        long[] shape = Broadcast.shape(inputs.get(0), inputs.get(1));
        List<long[]> shapes =
                inputs.stream().map(input -> input.shape().clone()).toList();
        return new Plan() {
            @Override
            public INDArray apply(List<INDArray> x) {
                return Broadcast.to(x.get(0), shape)
                        .mul(s)
                        .addi(Broadcast.to(x.get(1), shape).mul(t));
            }

            @Override
            public INDArray transpose(int i, INDArray adjoint) {
                return Broadcast.sumTo(adjoint.mul(i == 0 ? s : t), shapes.get(i));
            }
        };
    }
}
