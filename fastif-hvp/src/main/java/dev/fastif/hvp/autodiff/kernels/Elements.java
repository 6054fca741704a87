package dev.fastif.hvp.autodiff.kernels;

import dev.fastif.core.internal.Check;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The elements of arrays as Java numbers, in C order: for operations that are loops. */
public final class Elements {
    private Elements() {}

    public static double[] of(INDArray array) {
        return array.dup('c').data().asDouble();
    }

    /** Whole numbers from 0 to {@code count - 1}, as an index reads them, in C order. */
    public static int[] ids(INDArray array, long count, String name) {
        double[] numbers = of(array.castTo(DataType.DOUBLE));
        int[] ids = new int[numbers.length];
        for (int i = 0; i < ids.length; i++) {
            double id = numbers[i];
            Check.argument(
                    id >= 0 && id < count && id == Math.rint(id),
                    "%s is %s: it must be a whole number from 0 to %d",
                    name,
                    id == Math.rint(id) && Math.abs(id) < 1e15 ? Long.toString((long) id) : Double.toString(id),
                    count - 1);
            ids[i] = (int) id;
        }
        return ids;
    }

    public static INDArray array(double[] elements, DataType type, long... shape) {
        return Nd4j.createFromArray(elements).castTo(type).reshape('c', shape);
    }

    /** Whether the elements lie in C order without gaps. (A view of a vector is of either order.) */
    public static boolean isContiguous(INDArray array) {
        return array.elementWiseStride() == 1 && (array.ordering() == 'c' || array.rank() == 1);
    }

    /** Whether they do, and are no part of another array, of which ND4J's {@code get} and {@code slice} sometimes see nothing. */
    public static boolean isDense(INDArray array) {
        return array.ordering() == 'c' && !array.isView();
    }

    public static INDArray dense(INDArray array) {
        return isDense(array) ? array : array.dup('c');
    }
}
