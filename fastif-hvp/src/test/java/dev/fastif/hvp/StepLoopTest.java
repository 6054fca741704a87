package dev.fastif.hvp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** One walk over memory does what several operations do. */
class StepLoopTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 2047, 2048, 2049, 10_007})
    void isTheStepOfTheRecursion(int length) {
        INDArray all = vector(1, 3 * length + 5);
        INDArray s = all.get(NDArrayIndex.interval(3, 3 + length));
        INDArray product = vector(2, length);
        INDArray v = vector(3, length);
        INDArray expected = s.mul(0.9f).subi(product.mul(0.25f)).addi(v);
        INDArray before = all.dup();
        assertTrue(StepLoop.fits(s, product, v));
        double squares = new StepLoop().step(s, 0.9, product, 0.25, v);
        assertTrue(expected.sub(s).amaxNumber().doubleValue() < 1e-6);
        assertEquals(1, squares / Vectors.dot(expected, expected), 1e-5);
        s.assign(before.get(NDArrayIndex.interval(3, 3 + length)));
        assertEquals(before, all, "nothing else was written");
        assertEquals(vector(2, length), product);
        assertFalse(StepLoop.fits(s.castTo(DataType.DOUBLE), product, v));
    }

    private static INDArray vector(long seed, int length) {
        return Systems.vector(Systems.normal(seed, length)).castTo(DataType.FLOAT);
    }
}
