package dev.fastif.hvp.contract;

import dev.fastif.core.internal.Check;
import java.util.Locale;
import java.util.Random;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Comparisons of arrays, and arrays to compare with. */
final class Closeness {
    private Closeness() {}

    /** Requires that two arrays differ by no more than a part of the largest number of what was expected. */
    static void require(String what, double tolerance, INDArray expected, INDArray actual) {
        INDArray difference = actual.castTo(DataType.DOUBLE).sub(expected.castTo(DataType.DOUBLE));
        double largest = expected.amaxNumber().doubleValue();
        // ND4J's maxima pass over NaN
        double wrong = Check.countNotFinite(difference) > 0
                ? Double.NaN
                : difference.amaxNumber().doubleValue();
        if (!(wrong <= tolerance * Math.max(largest, 1e-3))) {
            throw new AssertionError(String.format(
                    Locale.ROOT, "%s: differs by %.3g where the largest number is %.3g", what, wrong, largest));
        }
    }

    /** Standard normal numbers that depend on the seed alone. */
    static INDArray normal(long seed, long... shape) {
        Random random = new Random(seed);
        INDArray array = Nd4j.create(DataType.DOUBLE, shape);
        for (long i = 0; i < array.length(); i++) {
            array.putScalar(i, random.nextGaussian());
        }
        return array;
    }
}
