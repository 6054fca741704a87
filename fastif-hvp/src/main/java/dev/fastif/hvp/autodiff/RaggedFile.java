package dev.fastif.hvp.autodiff;

import dev.fastif.core.internal.Check;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * One array of every example in a file, memory-mapped: example i takes {@code rows[i]} rows of equal width, one after the
 * other, in the machine's byte order. The file ends with a header's worth of numbers that identify its layout.
 */
final class RaggedFile implements AutoCloseable {
    /** A mapping is at most 2 GB; examples are never split between mappings. */
    private static final long SEGMENT = 1L << 30;

    private static final long MAGIC = 0x66617374696601L;
    private static final int TRAILER = 3 * Long.BYTES;

    private final Path file;
    private final String name;
    private final Layout layout;
    private volatile List<Segment> segments = List.of();

    private record Segment(long start, MappedByteBuffer bytes) {}

    /** Where each example lies. */
    static final class Layout {
        private final DataType dataType;
        private final boolean sequences;
        private final long[] rowShape;
        private final long rowBytes;
        private final long[] offsets;

        private Layout(DataType dataType, boolean sequences, long[] rowShape, long[] rowsBefore) {
            this.dataType = dataType;
            this.sequences = sequences;
            this.rowShape = rowShape;
            this.rowBytes = Arrays.stream(rowShape).reduce(1, Math::multiplyExact) * dataType.width();
            this.offsets =
                    Arrays.stream(rowsBefore).map(rows -> rows * rowBytes).toArray();
        }

        /** Sequences [t, ...] of these lengths t, like those of {@code sample} [n, t, ...]. */
        static Layout sequences(INDArray sample, int... lengths) {
            long[] before = new long[lengths.length + 1];
            for (int i = 0; i < lengths.length; i++) {
                before[i + 1] = before[i] + lengths[i];
            }
            return new Layout(sample.dataType(), true, Arrays.copyOfRange(sample.shape(), 2, sample.rank()), before);
        }

        /** Arrays all of one shape, like those of {@code sample} [n, ...]. */
        static Layout whole(INDArray sample, int examples) {
            long[] before = new long[examples + 1];
            Arrays.setAll(before, i -> i);
            return new Layout(sample.dataType(), false, Arrays.copyOfRange(sample.shape(), 1, sample.rank()), before);
        }

        long bytes() {
            return offsets[offsets.length - 1];
        }

        /** Where an example's bytes begin; that of the number of examples is where the last one's end. */
        long offset(int id) {
            return offsets[id];
        }

        /** The bytes of an element. */
        int width() {
            return dataType.width();
        }

        /** What follows the examples in a complete file. */
        ByteBuffer trailer() {
            ByteBuffer trailer = ByteBuffer.allocate(TRAILER);
            long shape = 31L * Arrays.hashCode(offsets) + Arrays.hashCode(rowShape);
            return trailer.putLong(MAGIC)
                    .putLong(shape)
                    .putLong(dataType.toInt())
                    .flip();
        }
    }

    RaggedFile(Path file, String name, Layout layout) {
        this.file = file;
        this.name = name;
        this.layout = layout;
    }

    String name() {
        return name;
    }

    /** Whether the file is there and was written completely for this layout. */
    static boolean isComplete(Path file, Layout layout) throws IOException {
        if (!Files.isRegularFile(file) || Files.size(file) != layout.bytes() + TRAILER) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer trailer = ByteBuffer.allocate(TRAILER);
            while (trailer.hasRemaining() && channel.read(trailer, layout.bytes() + trailer.position()) > 0) {
                // until it is full
            }
            return trailer.flip().equals(layout.trailer());
        }
    }

    /** Maps the file. */
    void map() throws IOException {
        List<Segment> mapped = new ArrayList<>();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            int start = 0;
            for (int end = 1; end < layout.offsets.length; end++) {
                boolean last = end == layout.offsets.length - 1;
                if (last || layout.offsets[end + 1] - layout.offsets[start] > SEGMENT) {
                    long from = layout.offsets[start];
                    mapped.add(new Segment(
                            from, channel.map(FileChannel.MapMode.READ_ONLY, from, layout.offsets[end] - from)));
                    start = end;
                }
            }
        }
        segments = List.copyOf(mapped);
    }

    /** The arrays of these examples: [n, ...], sequences [n, t, ...] padded with zeros to the longest. */
    INDArray read(int... ids) {
        long longest = Arrays.stream(ids)
                .mapToLong(id -> layout.offsets[id + 1] - layout.offsets[id])
                .max()
                .orElseThrow();
        INDArray result = Nd4j.create(layout.dataType, shape(ids.length, longest / layout.rowBytes), 'c');
        ByteBuffer target = result.data().asNio();
        for (int i = 0; i < ids.length; i++) {
            long offset = layout.offsets[ids[i]];
            int bytes = Math.toIntExact(layout.offsets[ids[i] + 1] - offset);
            Segment segment = segmentOf(offset);
            int position = Math.toIntExact(offset - segment.start);
            target.put(Math.toIntExact(i * longest), segment.bytes, position, bytes);
        }
        return result;
    }

    private long[] shape(int examples, long rows) {
        int leading = layout.sequences ? 2 : 1;
        long[] shape = new long[leading + layout.rowShape.length];
        shape[0] = examples;
        if (layout.sequences) {
            shape[1] = rows;
        }
        System.arraycopy(layout.rowShape, 0, shape, leading, layout.rowShape.length);
        return shape;
    }

    private Segment segmentOf(long offset) {
        List<Segment> mapped = segments;
        Check.argument(!mapped.isEmpty(), "the activations in %s are closed: open them again", file);
        int low = 0;
        int high = mapped.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (mapped.get(middle).start <= offset) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return mapped.get(low);
    }

    @Override
    public void close() {
        segments = List.of();
    }
}
