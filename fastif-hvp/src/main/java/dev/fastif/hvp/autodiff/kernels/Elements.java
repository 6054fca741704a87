package dev.fastif.hvp.autodiff.kernels;

import dev.fastif.core.internal.Check;
import dev.fastif.core.internal.Layout;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The elements of arrays as Java numbers, in C order: for operations that are loops. */
public final class Elements {
    private Elements() {}

    /** A copy of all elements, in C order. */
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

    /** An array of this type and shape, of elements in C order. */
    public static INDArray array(double[] elements, DataType type, long... shape) {
        return Nd4j.createFromArray(elements).castTo(type).reshape('c', shape);
    }

    /** The array itself if it lies in C order and is no part of another one, else a copy that does. */
    public static INDArray dense(INDArray array) {
        return Layout.isDense(array) ? array : array.dup('c');
    }
}
