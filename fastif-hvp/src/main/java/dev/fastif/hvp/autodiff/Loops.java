package dev.fastif.hvp.autodiff;

import java.util.Arrays;
import java.util.function.Consumer;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Java arrays to compute in, six for each thread: what lies in ND4J's buffers is copied in and out, because Java's
 * compiler turns loops over its own arrays into vector instructions. A copy costs a tenth of an ND4J operation. Places in
 * ND4J's buffers are addresses: work that is done again and again then makes no objects.
 */
final class Loops {
    private static final ThreadLocal<Loops> OF_THREAD = ThreadLocal.withInitial(Loops::new);

    /** Four arrays of so many elements fit the second cache, and one of them the first. */
    private static final int PART = 8192;

    /** Work on some of the elements of an array. */
    interface Part {
        void at(Loops loops, int start, int length);
    }

    /** A pointer that is moved about: native calls take places as objects. */
    static final class Cursor extends FloatPointer {
        /** Points to this address. */
        Cursor at(long place) {
            address = place;
            return this;
        }
    }

    /** Pointers for the arguments of a native call of this thread. */
    final Cursor x = new Cursor();

    final Cursor y = new Cursor();
    final Cursor z = new Cursor();

    private final float[][] rooms = new float[6][0];
    private FloatPointer ones = new FloatPointer(0);

    private Loops() {}

    static Loops get() {
        return OF_THREAD.get();
    }

    /** As many ones, outside of Java's heap. */
    FloatPointer ones(int count) {
        if (ones.capacity() < count) {
            float[] values = new float[count];
            Arrays.fill(values, 1);
            ones = new FloatPointer(values);
        }
        return ones;
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
    float[] read(int index, long address, int start, int length) {
        float[] room = room(index, length);
        x.at(at(address, start)).get(room, 0, length);
        return room;
    }

    /** Writes as many elements. */
    void write(float[] room, long address, int start, int length) {
        x.at(at(address, start)).put(room, 0, length);
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

    /** Does some work of one part. */
    static void once(Consumer<Loops> work) {
        Team.current().share(1, i -> work.accept(get()));
    }

    /** The address of an element. */
    static long at(long address, long element) {
        return address + Float.BYTES * element;
    }

    /** Where the elements of a dense array begin; of any other, those of a dense copy. */
    static long source(INDArray array) {
        return address(Elements.isContiguous(array) ? array : copy(array));
    }

    /** Where the elements of a dense array begin, to be written. */
    static long target(INDArray array) {
        if (!Elements.isContiguous(array)) {
            throw new IllegalArgumentException("only dense arrays can be written: " + array.shapeInfoToString());
        }
        return address(array);
    }

    // Native code believes what it is given: numbers of another type are other numbers, and freed memory ends the JVM.
    private static long address(INDArray array) {
        if (array.dataType() != DataType.FLOAT || array.wasClosed()) {
            throw new IllegalArgumentException("kernels take open arrays of FLOAT, not "
                    + (array.wasClosed() ? "a closed one" : array.dataType()));
        }
        return at(array.data().address(), array.offset());
    }

    private static INDArray copy(INDArray array) {
        if (Team.current().isRecording()) {
            throw new IllegalStateException("a recording cannot use a copy: " + array.shapeInfoToString());
        }
        return array.dup('c');
    }
}
