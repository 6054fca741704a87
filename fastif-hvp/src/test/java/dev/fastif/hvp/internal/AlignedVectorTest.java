package dev.fastif.hvp.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Vectors begin a line of the cache, wherever ND4J puts their memory. */
class AlignedVectorTest {
    @ParameterizedTest
    @ValueSource(longs = {1, 5, 16, 1000, 100_003})
    void vectorsBeginALine(long length) {
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            for (int i = 0; i < 20; i++) {
                INDArray values = Nd4j.rand(type, length);
                try (AlignedVector copy = AlignedVector.copyOf(values)) {
                    assertEquals(0, copy.vector().data().addressPointer().address() % 64);
                    assertEquals(values, copy.vector());
                    copy.vector().addi(1);
                    assertEquals(values.add(1), copy.vector());
                }
            }
        }
    }

    @Test
    void closingFreesTheMemory() {
        AlignedVector vector = AlignedVector.of(DataType.FLOAT, 7);
        vector.close();
        assertTrue(vector.memory().wasClosed());
    }
}
