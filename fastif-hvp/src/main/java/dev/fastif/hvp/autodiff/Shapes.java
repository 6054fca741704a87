package dev.fastif.hvp.autodiff;

import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Reshapings that copy nothing. */
final class Shapes {
    private Shapes() {}

    /** Parts of a matrix [count * rows, c] that lie one below the other, each [..., c] with the leading dimensions given. */
    static List<INDArray> unstack(INDArray stack, int count, INDArray leading) {
        long[] shape = leading.shape().clone();
        shape[shape.length - 1] = stack.size(-1);
        if (count == 1 && stack.rank() == shape.length) {
            return List.of(stack);
        }
        long[] strides = new long[shape.length];
        long stride = 1;
        for (int i = shape.length - 1; i >= 0; i--) {
            strides[i] = stride;
            stride *= shape[i];
        }
        long length = stride;
        return IntStream.range(0, count)
                .mapToObj(i -> Nd4j.create(stack.data(), shape, strides, stack.offset() + i * length, 'c'))
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
