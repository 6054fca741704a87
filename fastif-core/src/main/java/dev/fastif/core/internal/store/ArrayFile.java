package dev.fastif.core.internal.store;

import dev.fastif.core.DamagedFileException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.BytePointer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * An array in a {@link BlockFile}. It appears only when it is complete.
 *
 * @param file where it is, or will be
 * @param remedy what to do if it is damaged, as a sentence
 */
public record ArrayFile(Path file, String remedy) {
    /** A size that may be any. */
    public static final long ANY = -1;

    private static final String KIND = "array";
    private static final int BLOCK = 1 << 20;
    private static final Pattern DESCRIPTION = Pattern.compile("(\\w+) \\[(\\d{1,18}(?:, \\d{1,18})*)]");

    /**
     * The array, or null if it was not kept yet.
     *
     * @param shape what it must be, {@link #ANY} for sizes that are not known
     * @throws DamagedFileException if it does not hold such an array
     * @throws UncheckedIOException if it cannot be read
     */
    public @Nullable INDArray read(DataType type, long... shape) {
        if (!Files.exists(file)) {
            return null;
        }
        try {
            long[] found = shape(BlockFile.describe(file, KIND, remedy), type, shape);
            if (bytes(type, found) > Files.size(file)) {
                throw new DamagedFileException(file, "is too short for an array " + Arrays.toString(found), remedy);
            }
            Contents contents = contents(type, found);
            try (BlockFile opened = BlockFile.open(file, contents, remedy)) {
                INDArray array = Nd4j.createUninitializedDetached(type, 'c', found);
                Blocks blocks = contents.blocks();
                for (int i = 0; i < blocks.count(); i++) {
                    opened.read(i, bytes(array, blocks, i), 0);
                }
                return array;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the array could not be read from " + file + " (" + e.getMessage() + ")", e);
        }
    }

    /**
     * Writes the array.
     *
     * @throws UncheckedIOException if it cannot be written
     */
    public void write(INDArray array) {
        INDArray source = array.isView() || array.ordering() != 'c' ? array.dup('c') : array;
        Contents contents = contents(array.dataType(), array.shape());
        try (BlockFileWriter writer = BlockFileWriter.open(file, contents)) {
            for (int i = 0; i < contents.blocks().count(); i++) {
                writer.write(i, bytes(source, contents.blocks(), i));
            }
            writer.commit();
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the array could not be kept in " + file + " (" + e.getMessage() + "): is there room?", e);
        }
    }

    private long[] shape(String description, DataType type, long... expected) {
        Matcher matcher = DESCRIPTION.matcher(description);
        boolean fits = matcher.matches() && matcher.group(1).equals(type.toString());
        long[] shape = fits
                ? Arrays.stream(matcher.group(2).split(", ", -1))
                        .mapToLong(Long::parseLong)
                        .toArray()
                : new long[0];
        fits &= shape.length == expected.length;
        for (int i = 0; fits && i < shape.length; i++) {
            fits = expected[i] == ANY ? shape[i] > 0 : shape[i] == expected[i];
        }
        if (!fits) {
            throw new DamagedFileException(
                    file,
                    "holds an array " + description + " in place of " + type + " " + Arrays.toString(expected),
                    remedy);
        }
        return shape;
    }

    private static Contents contents(DataType type, long... shape) {
        return new Contents(KIND, type + " " + Arrays.toString(shape), Blocks.ofSize(BLOCK, bytes(type, shape)));
    }

    /** The bytes of an array; of one that cannot be, more than any file has. */
    static long bytes(DataType type, long... shape) {
        try {
            return Math.multiplyExact(Arrays.stream(shape).reduce(1, Math::multiplyExact), (long) type.width());
        } catch (ArithmeticException e) {
            return Long.MAX_VALUE;
        }
    }

    /** The bytes of a block; more than 2 GB have no buffer of their own. */
    private static ByteBuffer bytes(INDArray array, Blocks blocks, int block) {
        BytePointer all = new BytePointer(array.data().pointer());
        return all.getPointer(blocks.offset(block)).capacity(blocks.size(block)).asByteBuffer();
    }
}
