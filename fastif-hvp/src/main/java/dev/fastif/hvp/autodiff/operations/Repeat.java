package dev.fastif.hvp.autodiff.operations;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The array several times along each axis: whole after whole, or each element beside itself. */
record Repeat(Kind kind, List<Integer> times) implements Picked.Pick {
    enum Kind {
        TILES,
        ELEMENTS
    }

    @Override
    public Picked.Places at(List<INDArray> inputs) {
        long[] from = inputs.get(0).shape().clone();
        long[] to = from.clone();
        for (int i = 0; i < to.length; i++) {
            to[i] *= times.get(i);
        }
        int[] strides = Picked.strides(from);
        return Picked.Places.of(
                position -> {
                    int source = 0;
                    for (int i = 0; i < strides.length; i++) {
                        int at = kind == Kind.TILES ? position[i] % (int) from[i] : position[i] / times.get(i);
                        source += strides[i] * at;
                    }
                    return source;
                },
                to);
    }
}
