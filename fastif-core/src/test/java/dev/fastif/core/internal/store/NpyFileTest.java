package dev.fastif.core.internal.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.DamagedFileException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class NpyFileTest {
    @TempDir
    private Path folder;

    private Path file(String header, ByteBuffer numbers) throws IOException {
        byte[] text = (header + " ".repeat(127 - 10 - header.length()) + "\n").getBytes(StandardCharsets.ISO_8859_1);
        ByteBuffer bytes = ByteBuffer.allocate(10 + text.length + numbers.remaining());
        bytes.order(ByteOrder.LITTLE_ENDIAN).put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
        bytes.putShort((short) text.length).put(text).put(numbers);
        return Files.write(folder.resolve("array.npy"), bytes.array());
    }

    private static ByteBuffer floats(ByteOrder order, float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(order);
        for (float value : values) {
            bytes.putFloat(value);
        }
        return bytes.flip();
    }

    @Test
    void whatNd4jWritesIsRead() throws IOException {
        INDArray numbers = Nd4j.arange(24).castTo(DataType.DOUBLE).subi(11).muli(1.5);
        for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE, DataType.INT32, DataType.INT64)) {
            for (long[] shape : new long[][] {{24}, {4, 6}, {2, 3, 4}, {24, 1}}) {
                INDArray array = numbers.reshape(shape).castTo(type);
                Path file = folder.resolve("by-nd4j.npy");
                Nd4j.writeAsNumpy(array, file.toFile());
                assertEquals(array, NpyFile.read(file));
            }
        }
    }

    @Test
    void largeArraysAreReadWhole() throws IOException {
        INDArray array = Nd4j.arange(700 * 900).castTo(DataType.DOUBLE).reshape(700, 900);
        Path file = folder.resolve("large.npy");
        Nd4j.writeAsNumpy(array, file.toFile());
        assertEquals(array, NpyFile.read(file));
    }

    @Test
    void ordersOfBytesAndOfElementsAreKept() throws IOException {
        String header = "{'descr': '%sf4', 'fortran_order': %s, 'shape': (2, 3), }";
        INDArray rows = Nd4j.createFromArray(new float[][] {{1, 2, 3}, {4, 5, 6}});
        INDArray columns = Nd4j.createFromArray(new float[][] {{1, 3, 5}, {2, 4, 6}});
        float[] counted = {1, 2, 3, 4, 5, 6};
        assertEquals(
                rows, NpyFile.read(file(header.formatted("<", "False"), floats(ByteOrder.LITTLE_ENDIAN, counted))));
        assertEquals(rows, NpyFile.read(file(header.formatted(">", "False"), floats(ByteOrder.BIG_ENDIAN, counted))));
        assertEquals(
                columns, NpyFile.read(file(header.formatted("<", "True"), floats(ByteOrder.LITTLE_ENDIAN, counted))));
        INDArray scalar = NpyFile.read(
                file("{'descr': '<f4', 'fortran_order': False, 'shape': (), }", floats(ByteOrder.LITTLE_ENDIAN, 7)));
        assertArrayEquals(new long[0], scalar.shape());
        assertEquals(7, scalar.getFloat(0));
        INDArray bytes = NpyFile.read(
                file("{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }", ByteBuffer.wrap(new byte[] {1, -1})));
        assertEquals(255, bytes.getInt(1));
    }

    /** Whatever is left of a file: an exception, or an array of as many numbers as there are bytes. */
    @Test
    void noDamageEndsTheProcess() throws IOException {
        Path whole = file(
                "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }",
                floats(ByteOrder.LITTLE_ENDIAN, 1, 2, 3, 4, 5, 6));
        byte[] content = Files.readAllBytes(whole);
        for (Damage damage : Damage.of(content)) {
            Path file = Files.write(folder.resolve("damaged.npy"), damage.bytes());
            try {
                INDArray read = NpyFile.read(file);
                assertEquals(24, read.length() * read.dataType().width(), damage.toString());
                assertEquals(content.length, damage.bytes().length, damage.toString());
                assertFalse(Arrays.equals(content, damage.bytes()));
            } catch (UncheckedIOException e) {
                // a DamagedFileException, or a type that is not read
            }
        }
    }

    @Test
    void otherLengthsThanTheHeaderSaysAreDamage() throws IOException {
        for (String shape : List.of(
                "(2, 2)",
                "(7,)",
                "(2, 3, 0)",
                "(4611686018427387904, 4)",
                "(1099511627776,)",
                "(999999999999999999, 999999999999999999)",
                "(-6,)",
                "(6",
                "6")) {
            Path file = file(
                    "{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }",
                    floats(ByteOrder.LITTLE_ENDIAN, 1, 2, 3, 4, 5, 6));
            assertThrows(DamagedFileException.class, () -> NpyFile.read(file), shape);
        }
        for (String type : List.of("<c8", "|O8", "<U1", "<f2")) {
            Path file = file(
                    "{'descr': '" + type + "', 'fortran_order': False, 'shape': (6,), }",
                    floats(ByteOrder.LITTLE_ENDIAN, 1, 2, 3, 4, 5, 6));
            UncheckedIOException e = assertThrows(UncheckedIOException.class, () -> NpyFile.read(file));
            assertTrue(String.valueOf(e.getMessage()).contains("numbers of type"), e.getMessage());
        }
        assertThrows(UncheckedIOException.class, () -> NpyFile.read(folder.resolve("none.npy")));
    }
}
