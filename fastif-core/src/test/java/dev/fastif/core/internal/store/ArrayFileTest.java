package dev.fastif.core.internal.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.DamagedFileException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class ArrayFileTest {
    @TempDir
    private Path folder;

    private ArrayFile file(String name) {
        return new ArrayFile(folder.resolve(name), "Delete it.");
    }

    private static INDArray read(ArrayFile file, DataType type, long... shape) {
        INDArray array = file.read(type, shape);
        assertNotNull(array);
        return array;
    }

    @Test
    void arraysOfAnyLayoutComeBack() {
        assertNull(file("none").read(DataType.FLOAT, 3));
        for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE, DataType.INT64)) {
            INDArray counted = Nd4j.arange(700 * 900).reshape(700, 900).castTo(type);
            for (INDArray array : List.of(
                    counted, counted.dup('f'), counted.transpose(), counted.getRow(3), counted.getColumn(5, true))) {
                file("array").write(array);
                assertEquals(array, read(file("array"), type, array.shape()));
                long[] any = array.shape().clone();
                any[0] = ArrayFile.ANY;
                assertArrayEquals(array.shape(), read(file("array"), type, any).shape());
            }
        }
    }

    @Test
    void anyDamageIsNoticed() throws IOException {
        INDArray array = Nd4j.arange(60).castTo(DataType.FLOAT).reshape(12, 5);
        file("array").write(array);
        for (Damage damage : Damage.of(Files.readAllBytes(folder.resolve("array")))) {
            Files.write(folder.resolve("damaged"), damage.bytes());
            DamagedFileException e = assertThrows(
                    DamagedFileException.class,
                    () -> file("damaged").read(DataType.FLOAT, 12, ArrayFile.ANY),
                    () -> damage + " is not noticed");
            assertTrue(String.valueOf(e.getMessage()).contains("damaged is damaged"), e.getMessage());
        }
    }

    @Test
    void otherArraysAreNamed() {
        file("array").write(Nd4j.ones(DataType.FLOAT, 12, 5));
        assertDamaged("FLOAT [12, 5] in place of DOUBLE", DataType.DOUBLE, 12, 5);
        assertDamaged("in place of FLOAT [12, 6]", DataType.FLOAT, 12, 6);
        assertDamaged("in place of FLOAT [60]", DataType.FLOAT, 60);
        assertDamaged("in place of FLOAT [-1, 12]", DataType.FLOAT, ArrayFile.ANY, 12);
    }

    private void assertDamaged(String message, DataType type, long... shape) {
        DamagedFileException e =
                assertThrows(DamagedFileException.class, () -> file("array").read(type, shape));
        assertTrue(String.valueOf(e.getMessage()).contains(message), e.getMessage());
    }

    /** A header whose checksum is right may still say anything. */
    @Test
    void hugeShapesAllocateNothing() throws IOException {
        for (String shape : List.of(
                "[4611686018427387904, 4]",
                "[1099511627776]",
                "[1048576, 1048576, 1048576, 16]",
                "[999999999999999999]")) {
            Blocks few = Blocks.at(0, 16);
            try (BlockFileWriter writer =
                    BlockFileWriter.open(folder.resolve("array"), new Contents("array", "FLOAT " + shape, few))) {
                writer.write(0, ByteBuffer.allocate(16));
                writer.commit();
            }
            long[] any = new long[shape.split(",", -1).length];
            java.util.Arrays.fill(any, ArrayFile.ANY);
            assertThrows(DamagedFileException.class, () -> file("array").read(DataType.FLOAT, any));
        }
    }
}
