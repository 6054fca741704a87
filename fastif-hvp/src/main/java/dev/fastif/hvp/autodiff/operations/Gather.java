package dev.fastif.hvp.autodiff.operations;

import dev.fastif.core.internal.Check;
import dev.fastif.hvp.autodiff.kernels.Elements;
import java.util.List;
import java.util.stream.LongStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Slices of the first input along an axis, at the whole numbers of the second, whose shape takes the axis's place. */
record Gather(int axis) implements Picked.Pick {
    private static final long MOST_FLOAT_IDS = 1 << 24;

    @Override
    public Picked.Places at(List<INDArray> inputs) {
        long[] from = inputs.get(0).shape().clone();
        INDArray ids = inputs.get(1);
        int along = axis < 0 ? axis + from.length : axis;
        Check.argument(
                ids.dataType() != DataType.FLOAT || from[along] <= MOST_FLOAT_IDS,
                "an axis of %d is looked up: in single precision ids are exact up to %d, so compute in DOUBLE",
                from[along],
                MOST_FLOAT_IDS);
        int[] chosen = Elements.ids(ids, from[along], "an id that is looked up");
        int inner = Math.toIntExact(LongStream.of(from).skip(along + 1).reduce(1, Math::multiplyExact));
        int outer = Math.toIntExact(LongStream.of(from).limit(along).reduce(1, Math::multiplyExact));
        int[] sources = new int[Math.multiplyExact(outer * chosen.length, inner)];
        int next = 0;
        for (int o = 0; o < outer; o++) {
            for (int id : chosen) {
                for (int i = 0; i < inner; i++) {
                    sources[next++] = (o * (int) from[along] + id) * inner + i;
                }
            }
        }
        long[] shape = LongStream.concat(
                        LongStream.concat(LongStream.of(from).limit(along), LongStream.of(ids.shape())),
                        LongStream.of(from).skip(along + 1))
                .toArray();
        return new Picked.Places(sources, shape);
    }
}
