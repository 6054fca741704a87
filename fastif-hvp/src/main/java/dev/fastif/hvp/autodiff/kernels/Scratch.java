package dev.fastif.hvp.autodiff.kernels;

import java.util.Arrays;
import org.bytedeco.javacpp.FloatPointer;

/**
 * Java arrays to compute in and pointers for native calls, of one member of a team: what lies in ND4J's buffers is copied in
 * and out, because Java's compiler turns loops over its own arrays into vector instructions. A copy costs a tenth of an ND4J
 * operation. Places in ND4J's buffers are addresses: work that is done again and again then makes no objects.
 */
final class Scratch {
    /** A pointer that is moved about: native calls take places as objects. */
    static final class Cursor extends FloatPointer {
        /** Points to this address. */
        Cursor at(long place) {
            address = place;
            return this;
        }
    }

    /** Pointers for the arguments of a native call. */
    final Cursor x = new Cursor();

    final Cursor y = new Cursor();
    final Cursor z = new Cursor();

    private float[][] rooms = new float[6][0];
    private float[][] named = new float[6][];
    private FloatPointer ones = new FloatPointer(0);

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
        if (index >= rooms.length) {
            int before = rooms.length;
            rooms = Arrays.copyOf(rooms, index + 1);
            Arrays.fill(rooms, before, rooms.length, new float[0]);
        }
        if (rooms[index].length < length) {
            rooms[index] = new float[length];
        }
        return rooms[index];
    }

    /** An array of at least so many arrays, for one piece of work. */
    float[][] rooms(int count) {
        if (named.length < count) {
            named = new float[count][];
        }
        return named;
    }

    /** A Java array of at least this length, which begins with as many zeros. */
    float[] zeros(int index, int length) {
        float[] room = room(index, length);
        Arrays.fill(room, 0, length, 0);
        return room;
    }

    /** Some elements, from Java's memory or not, as a Java array: the first {@code length} of what is returned. */
    float[] read(int index, long address, long start, int length) {
        float[] room = room(index, length);
        x.at(at(address, start)).get(room, 0, length);
        return room;
    }

    /** Writes as many elements. */
    void write(float[] room, long address, long start, int length) {
        x.at(at(address, start)).put(room, 0, length);
    }

    /** The address of an element. */
    static long at(long address, long element) {
        return address + Float.BYTES * element;
    }
}
