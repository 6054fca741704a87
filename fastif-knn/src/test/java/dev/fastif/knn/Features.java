package dev.fastif.knn;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Random features that depend on their seed alone. */
public final class Features {
    private Features() {}

    /** Standard normal numbers [n, d], DOUBLE. */
    public static INDArray normal(long seed, int n, int d) {
        Random random = new Random(seed);
        double[] values = random.doubles((long) n * d)
                .map(unused -> random.nextGaussian())
                .toArray();
        return Nd4j.createFromArray(values).reshape('c', n, d);
    }

    /** Whole numbers from 0 to {@code bound - 1}, [n, d], DOUBLE: many ties and duplicates, all distances exact. */
    public static INDArray grid(long seed, int n, int d, int bound) {
        double[] values =
                new Random(seed).ints((long) n * d, 0, bound).asDoubleStream().toArray();
        return Nd4j.createFromArray(values).reshape('c', n, d);
    }

    /** Rows of an array as doubles, whatever its type, order and strides. */
    public static double[][] rows(INDArray array) {
        int d = array.columns();
        double[] flat =
                array.castTo(DataType.DOUBLE).dup('c').reshape(array.length()).toDoubleVector();
        return IntStream.range(0, array.rows())
                .mapToObj(i -> Arrays.copyOfRange(flat, i * d, (i + 1) * d))
                .toArray(double[][]::new);
    }
}
