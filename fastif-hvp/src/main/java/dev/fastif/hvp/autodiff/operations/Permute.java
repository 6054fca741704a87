package dev.fastif.hvp.autodiff.operations;

import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Dimensions in another order; an empty one is the reverse of theirs. */
record Permute(List<Integer> order) implements LinearMap {
    @Override
    public Plan at(List<INDArray> inputs) {
        int rank = inputs.get(0).rank();
        int[] forward = order.isEmpty()
                ? IntStream.range(0, rank).map(i -> rank - 1 - i).toArray()
                : order.stream().mapToInt(Integer::intValue).toArray();
        int[] back = new int[forward.length];
        for (int i = 0; i < forward.length; i++) {
            back[forward[i]] = i;
        }
        return Plan.of(x -> x.permute(forward).dup('c'), g -> g.permute(back).dup('c'));
    }
}
