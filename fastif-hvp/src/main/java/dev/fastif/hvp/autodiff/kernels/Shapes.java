package dev.fastif.hvp.autodiff.kernels;

import org.nd4j.linalg.api.ndarray.INDArray;

/** Reshapings that copy nothing. */
public final class Shapes {
    private Shapes() {}

    /** [..., c] as a matrix [rows, c]. */
    public static INDArray rows(INDArray array) {
        long columns = array.size(-1);
        return array.rank() == 2 ? array : array.reshape('c', array.length() / columns, columns);
    }

    /** [n, ...] as a matrix [n, d]; if there are rows for each step of the n sequences, all of an example's in one. */
    public static INDArray ofExamples(INDArray array, long n) {
        boolean isMatrix = array.rank() == 2 && array.size(0) == n;
        return isMatrix ? array : array.reshape('c', n, -1);
    }

    /** A matrix [rows, c] with the leading dimensions of {@code leading}, [..., c]. */
    public static INDArray unrows(INDArray matrix, INDArray leading) {
        if (leading.rank() == 2) {
            return matrix;
        }
        long[] shape = leading.shape().clone();
        shape[shape.length - 1] = matrix.size(1);
        return matrix.reshape('c', shape);
    }
}
