package dev.fastif.hvp.autodiff;

import java.util.Arrays;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Java arrays to compute in, six for each thread: what lies in ND4J's buffers is copied in and out, because Java's
 * compiler turns loops over its own arrays into vector instructions. A copy costs a tenth of an ND4J operation.
 */
final class Loops {
    private static final ThreadLocal<Loops> OF_THREAD = ThreadLocal.withInitial(Loops::new);

    /** Four arrays of so many elements fit the second cache, and one of them the first. */
    private static final int PART = 8192;

    /** Work on some of the elements of an array. */
    interface Part {
        void at(Loops loops, int start, int length);
    }

    private final float[][] rooms = new float[6][0];
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

    /** A Java array of at least this length, which begins with as many zeros. */
    float[] zeros(int index, int length) {
        float[] room = room(index, length);
        Arrays.fill(room, 0, length, 0);
        return room;
    }

    /** Some elements, from Java's memory or not, as a Java array: the first {@code length} of what is returned. */
    float[] read(int index, FloatPointer elements, int start, int length) {
        float[] room = room(index, length);
        at(elements, start).get(room, 0, length);
        return room;
    }

    /** Writes as many elements. */
    void write(float[] room, FloatPointer elements, int start, int length) {
        at(elements, start).put(room, 0, length);
    }

    /**
     * Does some work on all of so many elements, a cache's part at a time, shared by the team of the pass.
     *
     * @param row parts begin at multiples of this
     */
    static void each(long elements, int row, Part work) {
        int length = Math.toIntExact(elements);
        int part = Math.max(1, PART / row) * row;
        Team.current().share((length + part - 1) / part, i -> {
            int start = i * part;
            work.at(get(), start, Math.min(part, length - start));
        });
    }

    /** Elements from {@code start} on, by a pointer of its own: positions are not shared among threads. */
    static FloatPointer at(FloatPointer elements, long start) {
        FloatPointer pointer = new FloatPointer(elements);
        return pointer.position(elements.position() + start);
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
