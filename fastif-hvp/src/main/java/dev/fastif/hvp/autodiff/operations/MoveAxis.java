package dev.fastif.hvp.autodiff.operations;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/** An axis at another place, the others in their order; negative places count from the end. */
record MoveAxis(int from, int to) implements LinearMap {
    @Override
    public Plan at(List<INDArray> inputs) {
        int rank = inputs.get(0).rank();
        List<Integer> order = new ArrayList<>(IntStream.range(0, rank).boxed().toList());
        Integer moved = order.remove(from < 0 ? from + rank : from);
        order.add(to < 0 ? to + rank : to, moved);
        return new Permute(order).at(inputs);
    }
}
