package dev.fastif.golden;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares arrays as whole vectors: {@code |actual - expected| / |expected|}, computed in double. Each error that is
 * measured is logged at debug level.
 */
public final class RelativeError {
    private static final Logger LOG = LoggerFactory.getLogger(RelativeError.class);

    private RelativeError() {}

    /** Fails unless both arrays have one shape and differ by at most {@code bound}, relative to {@code expected}. */
    public static void assertWithin(double bound, INDArray expected, INDArray actual, String what) {
        assertArrayEquals(expected.shape(), actual.shape(), what);
        double error = of(expected, actual);
        LOG.debug("{} ({}) is off by {}", what, actual.dataType(), error);
        assertTrue(error <= bound, () -> what + " is off by " + error + ", more than " + bound + " (relative)");
    }

    /** The relative error; NaN if a number is. */
    public static double of(INDArray expected, INDArray actual) {
        INDArray reference = expected.castTo(DataType.DOUBLE);
        double difference = norm(actual.castTo(DataType.DOUBLE).sub(reference));
        return difference == 0 ? 0 : difference / norm(reference);
    }

    private static double norm(INDArray array) {
        return array.norm2Number().doubleValue();
    }
}
