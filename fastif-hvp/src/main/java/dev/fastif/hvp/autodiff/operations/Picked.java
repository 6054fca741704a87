package dev.fastif.hvp.autodiff.operations;

import dev.fastif.hvp.autodiff.kernels.Elements;
import java.util.List;
import java.util.function.ToIntFunction;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * An array made of elements of another: slices, paddings, look-ups, the patches of a convolution. Its transpose adds each
 * adjoint to where the element came from, as often as it was taken.
 */
public record Picked(Pick pick) implements LinearMap {
    /** Which elements: the one method that a new map of this kind has. */
    public interface Pick {
        /** Where each element of the result comes from. */
        Places at(List<INDArray> inputs);
    }

    @Override
    public Plan at(List<INDArray> inputs) {
        Places places = pick.at(inputs);
        long[] from = inputs.get(0).shape().clone();
        return Plan.of(places::take, g -> places.giveBack(g, from));
    }

    @Override
    public String toString() {
        return pick.toString();
    }

    /** The shape of a result, and for each of its elements, in C order, the place of its source, or -1 for zero. */
    public static final class Places {
        private final int[] sources;
        private final long[] shape;

        public Places(int[] sources, long... shape) {
            this.sources = sources;
            this.shape = shape;
        }

        /** The places that a formula gives for each position of the result. */
        public static Places of(ToIntFunction<int[]> source, long... shape) {
            int[] sources = new int[Math.toIntExact(length(shape))];
            int[] position = new int[shape.length];
            for (int i = 0; i < sources.length; i++) {
                sources[i] = source.applyAsInt(position);
                advance(position, shape);
            }
            return new Places(sources, shape);
        }

        private static void advance(int[] position, long... shape) {
            for (int axis = shape.length - 1; axis >= 0; axis--) {
                position[axis]++;
                if (position[axis] < shape[axis]) {
                    return;
                }
                position[axis] = 0;
            }
        }

        int source(int i) {
            return sources[i];
        }

        int size() {
            return sources.length;
        }

        INDArray take(INDArray x) {
            double[] from = Elements.of(x);
            double[] taken = new double[sources.length];
            for (int i = 0; i < taken.length; i++) {
                taken[i] = sources[i] < 0 ? 0 : from[sources[i]];
            }
            return Elements.array(taken, x.dataType(), shape);
        }

        INDArray giveBack(INDArray g, long... to) {
            double[] given = Elements.of(g);
            double[] sums = new double[Math.toIntExact(length(to))];
            for (int i = 0; i < given.length; i++) {
                if (sources[i] >= 0) {
                    sums[sources[i]] += given[i];
                }
            }
            return Elements.array(sums, g.dataType(), to);
        }
    }

    static long length(long... shape) {
        long length = 1;
        for (long size : shape) {
            length *= size;
        }
        return length;
    }

    /** How far apart neighbours along each axis lie in C order. */
    static int[] strides(long... shape) {
        int[] strides = new int[shape.length];
        int stride = 1;
        for (int axis = shape.length - 1; axis >= 0; axis--) {
            strides[axis] = stride;
            stride *= Math.toIntExact(shape[axis]);
        }
        return strides;
    }
}
