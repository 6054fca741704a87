package dev.fastif.hvp.autodiff.operations;

import dev.fastif.hvp.autodiff.kernels.Elements;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Sums of all up to each element along an axis, without itself if exclusive, from the end if reverse. */
record CumulativeSum(int axis, boolean exclusive, boolean reverse) implements LinearMap {
    @Override
    public Plan at(List<INDArray> inputs) {
        return Plan.of(x -> summed(x, reverse), g -> summed(g, !reverse));
    }

    private INDArray summed(INDArray x, boolean backward) {
        double[] elements = Elements.of(x);
        double[] sums = new double[elements.length];
        int along = axis < 0 ? axis + x.rank() : axis;
        int stride = Picked.strides(x.shape())[along];
        int size = Math.toIntExact(x.size(along));
        for (int block = 0; block < elements.length; block += stride * size) {
            for (int line = block; line < block + stride; line++) {
                double sum = 0;
                for (int i = 0; i < size; i++) {
                    int at = line + stride * (backward ? size - 1 - i : i);
                    sums[at] = exclusive ? sum : sum + elements[at];
                    sum += elements[at];
                }
            }
        }
        return Elements.array(sums, x.dataType(), x.shape().clone());
    }
}
