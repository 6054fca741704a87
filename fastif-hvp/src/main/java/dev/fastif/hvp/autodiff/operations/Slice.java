package dev.fastif.hvp.autodiff.operations;

import dev.fastif.core.internal.Check;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Every {@code step}-th element along an axis, from {@code begin} to before {@code end}. Negative positions count from the
 * end; {@link #END} is the end itself. A negative step walks backward, from begin to after end.
 */
record Slice(int axis, long begin, long end, long step) implements Picked.Pick {
    static final long END = Long.MAX_VALUE;

    Slice {
        Check.argument(step != 0, "step is 0: a slice moves along its axis");
    }

    @Override
    public Picked.Places at(List<INDArray> inputs) {
        long[] shape = inputs.get(0).shape().clone();
        int along = axis < 0 ? axis + shape.length : axis;
        long size = shape[along];
        long first = begin < 0 ? begin + size : begin;
        long last = end == END ? (step > 0 ? size : -1) : end < 0 ? end + size : Math.min(end, size);
        long count = Math.max(0, (last - first + step - Long.signum(step)) / step);
        Check.argument(
                first >= 0 && first < size && count > 0,
                "elements %d to %d by %d of an axis of %d are none: does the batch fit the model?",
                begin,
                end,
                step,
                size);
        int[] strides = Picked.strides(shape);
        shape[along] = count;
        return Picked.Places.of(
                position -> {
                    int source = 0;
                    for (int i = 0; i < strides.length; i++) {
                        source += strides[i] * (i == along ? (int) (first + position[i] * step) : position[i]);
                    }
                    return source;
                },
                shape);
    }
}
