package dev.fastif.hvp.autodiff;

import org.nd4j.linalg.api.ndarray.INDArray;

/** Reshapings that copy nothing. */
final class Shapes {
    private Shapes() {}

    /** [..., c] as a matrix [rows, c]. */
    static INDArray rows(INDArray array) {
        long columns = array.size(-1);
        return array.rank() == 2 ? array : array.reshape('c', array.length() / columns, columns);
    }

    /** A matrix [rows, c] with the leading dimensions of {@code leading}, [..., c]. */
    static INDArray unrows(INDArray matrix, INDArray leading) {
        if (leading.rank() == 2) {
            return matrix;
        }
        long[] shape = leading.shape().clone();
        shape[shape.length - 1] = matrix.size(1);
        return matrix.reshape('c', shape);
    }
}
