package dev.fastif.hvp.autodiff.operations;

import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Sums or means over axes, which are dropped; no axes are all but the first. */
record Reduce(Kind kind, List<Integer> axes) implements LinearMap {
    enum Kind {
        SUM,
        MEAN,

        /** The sum divided by one less than the number: of squared deviations, the variance without bias. */
        MEAN_OF_DEVIATIONS
    }

    @Override
    public Plan at(List<INDArray> inputs) {
        INDArray given = inputs.get(0);
        Axes reduced = Axes.of(given, axes);
        double factor =
                switch (kind) {
                    case SUM -> 1;
                    case MEAN -> 1.0 / reduced.count();
                    case MEAN_OF_DEVIATIONS -> 1.0 / (reduced.count() - 1);
                };
        return Plan.of(
                x -> (reduced.isTrivial() ? x.reshape('c', reduced.shape()) : reduced.sum(x)).mul(factor),
                g -> reduced.spread(g).mul(factor));
    }

    /** What a reduction of an array leaves. */
    static final class Axes {
        private final int[] axes;
        private final long[] from;

        private Axes(long[] from, int... axes) {
            this.from = from;
            this.axes = axes;
        }

        static Axes of(INDArray x, List<Integer> wanted) {
            int[] axes = wanted.isEmpty()
                    ? IntStream.range(1, x.rank()).toArray()
                    : wanted.stream()
                            .mapToInt(axis -> axis < 0 ? axis + x.rank() : axis)
                            .sorted()
                            .toArray();
            return new Axes(x.shape().clone(), axes);
        }

        /** How many elements make one. */
        long count() {
            return IntStream.of(axes).mapToLong(axis -> from[axis]).reduce(1, Math::multiplyExact);
        }

        boolean isTrivial() {
            return count() == 1;
        }

        /** The axes, at the end of the order, behind those that stay. */
        int[] order() {
            return IntStream.concat(kept(), IntStream.of(axes)).toArray();
        }

        long[] shape() {
            return kept().mapToLong(axis -> from[axis]).toArray();
        }

        INDArray sum(INDArray x) {
            return x.sum(axes).reshape('c', shape());
        }

        /** Each element of a reduced array at all the places that made it. */
        INDArray spread(INDArray reduced) {
            long[] stretched = from.clone();
            IntStream.of(axes).forEach(axis -> stretched[axis] = 1);
            return Broadcast.to(reduced.reshape('c', stretched), from);
        }

        private IntStream kept() {
            return IntStream.range(0, from.length)
                    .filter(axis -> IntStream.of(axes).noneMatch(reduced -> reduced == axis));
        }
    }
}
