package dev.fastif.hvp.autodiff.frozen;

import dev.fastif.core.DamagedFileException;
import dev.fastif.core.internal.store.BlockFile;
import dev.fastif.core.internal.store.BlockFileWriter;
import dev.fastif.core.internal.store.Blocks;
import dev.fastif.core.internal.store.Contents;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One array of every example in a file: example i takes {@code rows[i]} rows of equal width, one after the
 * other, and is a block of its own with its checksum. Thread-safe.
 */
final class RaggedFile implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RaggedFile.class);
    private static final String REMEDY = "Delete it and open the activations again: they are computed anew";

    private final String name;
    private final Layout layout;
    private final BlockFile blocks;

    /** Where each example lies. */
    static final class Layout {
        private final DataType dataType;
        private final boolean sequences;
        private final long[] rowShape;
        private final long rowBytes;
        private final Blocks blocks;

        private Layout(DataType dataType, boolean sequences, long[] rowShape, long[] rowsBefore) {
            this.dataType = dataType;
            this.sequences = sequences;
            this.rowShape = rowShape;
            this.rowBytes = Arrays.stream(rowShape).reduce(1, Math::multiplyExact) * dataType.width();
            this.blocks = Blocks.at(
                    Arrays.stream(rowsBefore).map(rows -> rows * rowBytes).toArray());
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

        private Contents contents() {
            String description = dataType + (sequences ? " sequences of " : " arrays of ") + Arrays.toString(rowShape);
            return new Contents("activations", description, blocks);
        }
    }

    private RaggedFile(String name, Layout layout, BlockFile blocks) {
        this.name = name;
        this.layout = layout;
        this.blocks = blocks;
    }

    /** Opens a file; null if it is not there. One that is damaged, or has another layout, is not there either, which is logged. */
    static @Nullable RaggedFile openIfThere(Path file, String name, Layout layout) throws IOException {
        if (!Files.isRegularFile(file)) {
            return null;
        }
        try {
            return new RaggedFile(name, layout, BlockFile.open(file, layout.contents(), REMEDY));
        } catch (DamagedFileException e) {
            LOG.warn("Activations are computed anew: {}", e.getMessage());
            return null;
        }
    }

    /** Opens a file that is there. */
    static RaggedFile open(Path file, String name, Layout layout) throws IOException {
        return new RaggedFile(name, layout, BlockFile.open(file, layout.contents(), REMEDY));
    }

    String name() {
        return name;
    }

    /** The arrays of these examples: [n, ...], sequences [n, t, ...] padded with zeros to the longest. */
    INDArray read(int... ids) {
        int longest = Arrays.stream(ids).map(layout.blocks::size).max().orElseThrow();
        INDArray result = Nd4j.create(layout.dataType, shape(ids.length, longest / layout.rowBytes), 'c');
        ByteBuffer target = result.data().asNio();
        for (int i = 0; i < ids.length; i++) {
            blocks.read(ids[i], target, Math.multiplyExact(i, longest));
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

    @Override
    public void close() {
        blocks.close();
    }

    /** Writes a {@link RaggedFile}; whoever writes the same examples in the same order goes on where an earlier one was ended. */
    static final class Writer implements AutoCloseable {
        /** Examples after which a record is made. */
        private static final int RECORD = 4096;

        private final String name;
        private final Layout layout;
        private final BlockFileWriter blocks;

        private Writer(String name, Layout layout, BlockFileWriter blocks) {
            this.name = name;
            this.layout = layout;
            this.blocks = blocks;
        }

        static Writer open(Path file, String name, Layout layout) throws IOException {
            return new Writer(name, layout, BlockFileWriter.open(file, layout.contents()));
        }

        String name() {
            return name;
        }

        Layout layout() {
            return layout;
        }

        /** How many examples, of those that were written first, need not be written again. */
        int written() {
            return blocks.written();
        }

        /** Writes the examples of a batch [n, ...] without their padding. */
        void write(INDArray batch, int... ids) throws IOException {
            ByteBuffer source = batch.data().asNio();
            int stride = Math.toIntExact(batch.length() / batch.size(0) * layout.dataType.width());
            for (int i = 0; i < ids.length; i++) {
                blocks.write(ids[i], source.slice(i * stride, layout.blocks.size(ids[i])));
            }
            if (blocks.unrecorded() >= RECORD) {
                blocks.record();
            }
        }

        /** Completes the file and gives it its name. */
        void commit() throws IOException {
            blocks.commit();
        }

        @Override
        public void close() {
            blocks.close();
        }
    }
}
