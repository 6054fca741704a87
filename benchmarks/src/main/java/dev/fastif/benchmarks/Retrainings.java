package dev.fastif.benchmarks;

import dev.fastif.core.Batch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Trains networks on random halves of the training set, several at the same time.
 *
 * @param halves for each half the ids of its examples, ascending
 */
record Retrainings(Digits digits, Training training, List<int[]> halves) {
    private static final int PRINTED = 20;

    static List<int[]> halves(int examples, int count, long seed) {
        Random random = new Random(seed);
        List<Integer> ids = new ArrayList<>(IntStream.range(0, examples).boxed().toList());
        List<int[]> halves = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Collections.shuffle(ids, random);
            halves.add(
                    ids.stream().limit(examples / 2).mapToInt(id -> id).sorted().toArray());
        }
        return halves;
    }

    /** The loss of each test point after training on each half, always from the initialisation of this seed: [halves, tests]. */
    INDArray losses(long seed) {
        AtomicInteger done = new AtomicInteger();
        double[][] losses = halves.parallelStream()
                .map(ids -> lossesAfter(digits.training().batch(ids), seed))
                .peek(row -> print(done.incrementAndGet()))
                .toArray(double[][]::new);
        return Nd4j.createFromArray(losses);
    }

    private double[] lossesAfter(Batch half, long seed) {
        return training.trained(half, seed).losses(digits.tests()).toDoubleVector();
    }

    private void print(int done) {
        if (done % PRINTED == 0) {
            System.out.printf(Locale.ROOT, "    %d of %d retrainings%n", done, halves.size());
        }
    }

    /** 1 where an example is not in a half, else 0: [halves, N]. */
    INDArray leftOut() {
        int examples = digits.training().size();
        double[][] leftOut = new double[halves.size()][examples];
        for (int i = 0; i < leftOut.length; i++) {
            Arrays.fill(leftOut[i], 1);
            for (int id : halves.get(i)) {
                leftOut[i][id] = 0;
            }
        }
        return Nd4j.createFromArray(leftOut).castTo(DataType.DOUBLE);
    }
}
