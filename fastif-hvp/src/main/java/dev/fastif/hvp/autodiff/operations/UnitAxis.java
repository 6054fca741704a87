package dev.fastif.hvp.autodiff.operations;

import dev.fastif.core.internal.Check;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/** An axis of size 1 more or less. */
record UnitAxis(Change change, int axis) implements LinearMap {
    enum Change {
        INSERT,
        DROP
    }

    @Override
    public Plan at(List<INDArray> inputs) {
        long[] from = inputs.get(0).shape().clone();
        List<Long> sizes = new ArrayList<>(LongStream.of(from).boxed().toList());
        if (change == Change.INSERT) {
            sizes.add(axis < 0 ? axis + from.length + 1 : axis, 1L);
        } else {
            Long size = sizes.remove(axis < 0 ? axis + from.length : axis);
            Check.argument(size == 1, "axis %d has size %d: only one of size 1 can be dropped", axis, size);
        }
        long[] to = sizes.stream().mapToLong(Long::longValue).toArray();
        return Plan.of(x -> x.reshape('c', to), g -> g.reshape('c', from));
    }
}
