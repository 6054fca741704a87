package dev.fastif.hvp.dl4j;

import dev.fastif.core.TestArrays;
import java.util.List;
import java.util.Random;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The choices that a seed makes. */
final class Chance {
    private final Random random;

    Chance(long seed) {
        // the first numbers of neighbouring seeds are alike
        random = new Random(seed * 0x9E3779B97F4A7C15L + 1);
    }

    boolean in(double probability) {
        return random.nextDouble() < probability;
    }

    /** From {@code least} to {@code most}, both included. */
    int from(int least, int most) {
        return least + random.nextInt(most - least + 1);
    }

    double between(double least, double most) {
        return least + (most - least) * random.nextDouble();
    }

    @SafeVarargs
    final <T> T of(T... all) {
        return all[random.nextInt(all.length)];
    }

    <T> T of(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }

    /** Whole numbers below {@code bound}. */
    INDArray ids(int bound, long... shape) {
        INDArray array = Nd4j.create(DataType.DOUBLE, shape);
        for (long i = 0; i < array.length(); i++) {
            array.putScalar(i, random.nextInt(bound));
        }
        return array;
    }

    INDArray normal(long... shape) {
        return TestArrays.normal(random.nextLong(), shape);
    }
}
