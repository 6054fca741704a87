package dev.fastif.hvp.autodiff.operations;

import dev.fastif.core.internal.Check;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/** NumPy's broadcasting: shapes are aligned at their ends, and dimensions of size 1 stretch. */
final class Broadcast {
    private Broadcast() {}

    /** The shape of an operation, element by element, on arrays of these shapes. */
    static long[] shape(INDArray a, INDArray b) {
        int rank = Math.max(a.rank(), b.rank());
        long[] left = padded(a.shape(), rank);
        long[] right = padded(b.shape(), rank);
        long[] shape = new long[rank];
        for (int i = 0; i < rank; i++) {
            Check.argument(
                    left[i] == right[i] || left[i] == 1 || right[i] == 1,
                    "arrays of shapes %s and %s do not fit each other: does the batch fit the model?",
                    Arrays.toString(a.shape()),
                    Arrays.toString(b.shape()));
            shape[i] = left[i] == 1 ? right[i] : left[i];
        }
        return shape;
    }

    /** The array stretched to a shape. */
    static INDArray to(INDArray array, long... shape) {
        if (Arrays.equals(array.shape(), shape)) {
            return array;
        }
        INDArray aligned = array.reshape('c', padded(array.shape(), shape.length));
        return Arrays.equals(aligned.shape(), shape) ? aligned : aligned.broadcast(shape);
    }

    /** The transpose of {@link #to}: sums over what was stretched. */
    static INDArray sumTo(INDArray array, long... shape) {
        if (Arrays.equals(array.shape(), shape)) {
            return array;
        }
        long[] aligned = padded(shape, array.rank());
        int[] stretched = IntStream.range(0, aligned.length)
                .filter(i -> aligned[i] == 1 && array.size(i) > 1)
                .toArray();
        INDArray sum = stretched.length == 0 ? array : array.sum(true, stretched);
        return sum.reshape('c', shape);
    }

    private static long[] padded(long[] shape, int rank) {
        long[] padded = new long[rank];
        Arrays.fill(padded, 1);
        System.arraycopy(shape, 0, padded, rank - shape.length, shape.length);
        return padded;
    }
}
