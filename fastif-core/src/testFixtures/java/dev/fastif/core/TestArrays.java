package dev.fastif.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
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
        assertClose(expected, actual, tolerance, 0);
    }

    /** The same, where the largest absolute value counts as {@code least} if it is smaller. */
    public static void assertClose(INDArray expected, INDArray actual, double tolerance, double least) {
        assertArrayEquals(expected.shape(), actual.shape());
        double largest = largest(expected);
        double wrong = difference(expected, actual);
        assertTrue(
                wrong <= tolerance * Math.max(largest, least),
                () -> "differs by " + wrong + " from a largest of " + largest + ":\n" + actual + "\nnot\n" + expected);
    }

    /** The largest difference of two arrays of one shape; NaN if a number is. */
    public static double difference(INDArray a, INDArray b) {
        return largest(a.castTo(DataType.DOUBLE).sub(b.castTo(DataType.DOUBLE)));
    }

    /** The largest absolute value; NaN if a number is. ND4J's own maxima pass over NaN. */
    public static double largest(INDArray array) {
        double[] elements = array.castTo(DataType.DOUBLE).dup('c').data().asDouble();
        return Arrays.stream(elements).map(Math::abs).max().orElse(0);
    }
}
