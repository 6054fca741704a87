package dev.fastif.hvp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Sums by blocks are sums. */
class VectorsTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 10_007, 1 << 18, (1 << 18) + 1, 600_000})
    void addsAndSquares(int length) {
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            INDArray all = vector(1, length + 5).castTo(type);
            INDArray y = all.get(NDArrayIndex.interval(3, 3 + length));
            INDArray x = vector(2, length).castTo(type);
            INDArray expected = y.add(x);
            INDArray before = all.dup();
            double squares = Vectors.addAndSquare(y, x);
            assertTrue(expected.sub(y).amaxNumber().doubleValue() < 1e-6);
            assertEquals(1, squares / Vectors.dot(expected, expected), 1e-5);
            y.assign(before.get(NDArrayIndex.interval(3, 3 + length)));
            assertEquals(before, all, "nothing else was written");
        }
    }

    private static INDArray vector(long seed, int length) {
        return Systems.vector(Systems.normal(seed, length));
    }
}
