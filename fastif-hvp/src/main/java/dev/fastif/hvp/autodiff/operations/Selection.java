package dev.fastif.hvp.autodiff.operations;

import dev.fastif.hvp.autodiff.Frame;
import dev.fastif.hvp.autodiff.SimpleOperation;
import dev.fastif.hvp.autodiff.kernels.Elements;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One element of each group of the input, chosen by the values: near a point it is a linear map, which is differentiated. */
record Selection(Groups groups, Choice choice) implements SimpleOperation {
    enum Choice {
        LARGEST,
        SMALLEST
    }

    /** What one element is chosen of. */
    interface Groups {
        /** The members of each group, one after the other, or -1 for none; all groups have as many. */
        Picked.Places members(INDArray x);

        /** The shape of what is chosen. */
        long[] shape(INDArray x);
    }

    @Override
    public INDArray value(Frame f) {
        INDArray x = f.input(0);
        long[] shape = groups.shape(x);
        Picked.Places members = groups.members(x);
        int count = Math.toIntExact(Picked.length(shape));
        int size = members.size() / count;
        double[] values = Elements.of(x);
        int[] chosen = IntStream.range(0, count)
                .map(group -> best(values, members, group * size, size))
                .toArray();
        Picked.Places places = new Picked.Places(chosen, shape);
        f.save(places);
        return places.take(x);
    }

    /** The first of the best; padding is never chosen. */
    private int best(double[] values, Picked.Places members, int start, int size) {
        int best = -1;
        for (int i = start; i < start + size; i++) {
            int candidate = members.source(i);
            if (candidate >= 0 && (best < 0 || better(values[candidate], values[best]))) {
                best = candidate;
            }
        }
        return best;
    }

    private boolean better(double a, double b) {
        return choice == Choice.LARGEST ? a > b : a < b;
    }

    @Override
    public INDArray tangent(Frame f) {
        return f.saved(Picked.Places.class).take(f.require(f.inputTangent(0)));
    }

    @Override
    public void adjoint(Frame f) {
        f.addAdjoint(
                0,
                f.saved(Picked.Places.class)
                        .giveBack(f.adjoint(), f.input(0).shape().clone()));
    }

    @Override
    public void adjointTangent(Frame f) {
        f.addAdjointTangent(
                0,
                f.saved(Picked.Places.class)
                        .giveBack(f.adjointTangent(), f.input(0).shape().clone()));
    }

    /** The windows over images [n, c, h, w]: one element of each. */
    record Pooling(Window window) implements Groups {
        @Override
        public Picked.Places members(INDArray x) {
            long[] image = Patches.image(x);
            INDArray channels = x.reshape('c', image[0] * image[1], 1, image[2], image[3]);
            return new Patches(window).at(List.of(channels));
        }

        @Override
        public long[] shape(INDArray x) {
            long[] image = Patches.image(x);
            return new long[] {image[0], image[1], window.positions(0, image[2]), window.positions(1, image[3])};
        }
    }

    /** What a reduction over axes makes one of; no axes are all but the first. */
    record Along(List<Integer> axes) implements Groups {
        @Override
        public Picked.Places members(INDArray x) {
            int[] order = Reduce.Axes.of(x, axes).order();
            int[] strides = Picked.strides(x.shape());
            long[] shape = Arrays.stream(order).mapToLong(x::size).toArray();
            return Picked.Places.of(
                    position -> {
                        int source = 0;
                        for (int i = 0; i < order.length; i++) {
                            source += position[i] * strides[order[i]];
                        }
                        return source;
                    },
                    shape);
        }

        @Override
        public long[] shape(INDArray x) {
            return Reduce.Axes.of(x, axes).shape();
        }
    }
}
