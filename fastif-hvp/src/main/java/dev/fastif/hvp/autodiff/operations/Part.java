package dev.fastif.hvp.autodiff.operations;

import dev.fastif.core.internal.Check;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One of {@code count} equal parts along an axis. */
record Part(int axis, int index, int count) implements Picked.Pick {
    @Override
    public Picked.Places at(List<INDArray> inputs) {
        long size = inputs.get(0).size(axis);
        Check.argument(size % count == 0, "an axis of size %d has no %d equal parts", size, count);
        long part = size / count;
        return new Slice(axis, index * part, (index + 1) * part, 1).at(inputs);
    }
}
