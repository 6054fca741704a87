package dev.fastif.hvp.autodiff.operations;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Arrays one after the other along an axis. */
record Concat(int axis) implements LinearMap {
    @Override
    public Plan at(List<INDArray> inputs) {
        int rank = inputs.get(0).rank();
        int along = axis < 0 ? axis + rank : axis;
        List<Long> ends = new ArrayList<>(List.of(0L));
        inputs.forEach(input -> ends.add(ends.get(ends.size() - 1) + input.size(along)));
        return new Plan() {
            @Override
            public INDArray apply(List<INDArray> x) {
                return Nd4j.concat(along, x.toArray(INDArray[]::new));
            }

            @Override
            public INDArray transpose(int i, INDArray adjoint) {
                INDArrayIndex[] part = NDArrayIndex.allFor(adjoint);
                part[along] = NDArrayIndex.interval(ends.get(i), ends.get(i + 1));
                return adjoint.get(part).dup('c');
            }
        };
    }
}
