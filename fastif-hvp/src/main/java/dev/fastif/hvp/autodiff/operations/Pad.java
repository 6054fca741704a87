package dev.fastif.hvp.autodiff.operations;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Zeros before and after, for each axis; negative numbers cut off. */
record Pad(List<Integer> before, List<Integer> after) implements Picked.Pick {
    @Override
    public Picked.Places at(List<INDArray> inputs) {
        long[] from = inputs.get(0).shape().clone();
        long[] to = from.clone();
        for (int i = 0; i < to.length; i++) {
            to[i] += before.get(i) + after.get(i);
        }
        int[] strides = Picked.strides(from);
        return Picked.Places.of(
                position -> {
                    int source = 0;
                    for (int i = 0; i < strides.length; i++) {
                        int at = position[i] - before.get(i);
                        if (at < 0 || at >= from[i]) {
                            return -1;
                        }
                        source += strides[i] * at;
                    }
                    return source;
                },
                to);
    }
}
