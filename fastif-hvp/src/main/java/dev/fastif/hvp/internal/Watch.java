package dev.fastif.hvp.internal;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.zip.CRC32C;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Notices that a user's arrays have changed. Thread-safe as long as nobody writes to them. */
public final class Watch {
    /** About how many numbers of an array a glance reads. */
    private static final int SAMPLE = 1024;

    private final List<INDArray> arrays;
    private final String complaint;
    private final long all;
    private final long sample;

    private Watch(Collection<INDArray> arrays, String complaint) {
        this.arrays = List.copyOf(arrays);
        this.complaint = complaint;
        this.all = all();
        this.sample = sample();
    }

    /**
     * Begins to watch arrays.
     *
     * @param complaint the message of the exception that a change leads to
     */
    public static Watch over(Collection<INDArray> arrays, String complaint) {
        return new Watch(arrays, complaint);
    }

    /** Reads some numbers of each array; of a small one, all. A step of training changes nearly all, so that this notices it. */
    void glance() {
        require(sample == sample());
    }

    /** Reads all numbers. */
    void inspect() {
        require(all == all());
    }

    private void require(boolean same) {
        if (!same) {
            throw new IllegalStateException(complaint);
        }
    }

    private long all() {
        CRC32C hash = new CRC32C();
        arrays.forEach(array -> hash.update(bytes(array)));
        return hash.getValue();
    }

    private long sample() {
        long hash = 0;
        for (INDArray array : arrays) {
            ByteBuffer bytes = bytes(array);
            int words = bytes.remaining() / Integer.BYTES;
            int step = Math.max(1, words / SAMPLE);
            for (int i = 0; i < words; i += step) {
                hash = 31 * hash + bytes.getInt(i * Integer.BYTES);
            }
        }
        return hash;
    }

    private static ByteBuffer bytes(INDArray array) {
        return array.data().asNio().duplicate();
    }
}
