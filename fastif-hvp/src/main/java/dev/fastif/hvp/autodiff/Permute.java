package dev.fastif.hvp.autodiff;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Dimensions in another order. */
record Permute(List<Integer> order) implements LinearMap {
    @Override
    public Plan at(List<INDArray> inputs) {
        int[] forward = order.stream().mapToInt(Integer::intValue).toArray();
        int[] back = new int[forward.length];
        for (int i = 0; i < forward.length; i++) {
            back[forward[i]] = i;
        }
        return Plan.of(x -> x.permute(forward).dup('c'), g -> g.permute(back).dup('c'));
    }
}
