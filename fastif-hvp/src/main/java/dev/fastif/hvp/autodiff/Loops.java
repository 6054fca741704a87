package dev.fastif.hvp.autodiff;

import java.util.Arrays;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Java arrays to compute in, four for each thread: what lies in ND4J's buffers is copied in and out, because Java's
 * compiler turns loops over its own arrays into vector instructions. A copy costs a tenth of an ND4J operation.
 */
final class Loops {
    private static final ThreadLocal<Loops> OF_THREAD = ThreadLocal.withInitial(Loops::new);

    private final float[][] rooms = new float[4][0];
    private FloatPointer ones = new FloatPointer(0);

    private Loops() {}

    static Loops get() {
        return OF_THREAD.get();
    }

    /** As many ones, outside of Java's heap. */
    static FloatPointer ones(int count) {
        Loops loops = get();
        if (loops.ones.capacity() < count) {
            float[] values = new float[count];
            Arrays.fill(values, 1);
            loops.ones = new FloatPointer(values);
        }
        return loops.ones;
    }

    /** A Java array of at least this length, with anything in it. */
    float[] room(int index, int length) {
        if (rooms[index].length < length) {
            rooms[index] = new float[length];
        }
        return rooms[index];
    }

    /** The elements of an array in C order. */
    float[] read(int index, INDArray array) {
        int length = length(array);
        float[] room = room(index, length);
        pointer(array).get(room, 0, length);
        return room;
    }

    /** Copies as many elements as {@code array} has into it, and returns it. */
    INDArray write(float[] room, INDArray array) {
        target(array).put(room, 0, length(array));
        return array;
    }

    int length(INDArray array) {
        return Math.toIntExact(array.length());
    }

    /** Where the elements of a dense array begin; of any other, those of a dense copy. */
    static FloatPointer pointer(INDArray array) {
        return (FloatPointer) (isDense(array) ? array : array.dup('c')).data().addressPointer();
    }

    /** Where the elements of a dense array begin, to be written. */
    static FloatPointer target(INDArray array) {
        if (!isDense(array)) {
            throw new IllegalArgumentException("only dense arrays can be written: " + array.shapeInfoToString());
        }
        return (FloatPointer) array.data().addressPointer();
    }

    /** In C order, without gaps. (A view of a vector is of either order.) */
    private static boolean isDense(INDArray array) {
        return array.elementWiseStride() == 1 && (array.ordering() == 'c' || array.rank() == 1);
    }
}
