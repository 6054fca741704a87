package dev.fastif.hvp.autodiff;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Random arrays that depend on their seed alone, and comparisons. */
public final class TestArrays {
    private TestArrays() {}

    /** Standard normal numbers, DOUBLE. */
    public static INDArray normal(long seed, long... shape) {
        Random random = new Random(seed);
        INDArray array = Nd4j.create(DataType.DOUBLE, shape);
        for (long i = 0; i < array.length(); i++) {
            array.putScalar(i, random.nextGaussian());
        }
        return array;
    }

    /** Every element within {@code tolerance} times the largest absolute value that was expected. */
    public static void assertClose(INDArray expected, INDArray actual, double tolerance) {
        assertArrayEquals(expected.shape(), actual.shape());
        double largest = expected.amaxNumber().doubleValue();
        double difference = expected.castTo(DataType.DOUBLE)
                .sub(actual.castTo(DataType.DOUBLE))
                .amaxNumber()
                .doubleValue();
        assertTrue(
                difference <= tolerance * largest,
                () -> "differs by " + difference + " from a largest of " + largest + ":\n" + actual + "\nnot\n"
                        + expected);
    }
}
