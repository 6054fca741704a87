package dev.fastif.hvp.autodiff;

import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Reshapings that copy nothing. */
final class Shapes {
    private Shapes() {}

    /** Matrices of the same number of rows, one below the other, as matrices of their own. */
    static List<INDArray> unstack(INDArray stack, int count) {
        long rows = stack.size(0) / count;
        long columns = stack.size(1);
        long[] shape = {rows, columns};
        long[] strides = {columns, 1};
        return IntStream.range(0, count)
                .mapToObj(i -> Nd4j.create(stack.data(), shape, strides, stack.offset() + i * rows * columns, 'c'))
                .toList();
    }

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
