package dev.fastif.benchmarks;

import java.util.Random;
import java.util.stream.IntStream;
import org.apache.commons.math3.stat.StatUtils;
import org.apache.commons.math3.stat.correlation.PearsonsCorrelation;
import org.apache.commons.math3.stat.ranking.NaturalRanking;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * How well losses after retraining are predicted (Park et al. 2023, TRAK, definition 2.3): the rank correlation, over the
 * subsets trained on, of predicted and actual loss, in mean over test points.
 */
final class LinearDatamodelingScore {
    private static final int RESAMPLES = 500;
    private static final long SEED = 1;

    private final double[][] predicted;
    private final double[][] actual;

    /** Both [subsets, tests]. */
    LinearDatamodelingScore(INDArray predicted, INDArray actual) {
        this.predicted = ranks(predicted);
        this.actual = ranks(actual);
    }

    /** For each test point the rank of each subset. */
    private static double[][] ranks(INDArray losses) {
        NaturalRanking ranking = new NaturalRanking();
        return IntStream.range(0, losses.columns())
                .mapToObj(test -> ranking.rank(losses.getColumn(test).toDoubleVector()))
                .toArray(double[][]::new);
    }

    double value() {
        return mean(range(predicted.length), range(predicted[0].length));
    }

    /** The standard error of {@link #value}, test points and subsets being drawn anew. */
    double standardError() {
        return deviation(resampled());
    }

    /** The standard error of this score less another of the same test points and subsets. */
    double standardErrorOfDifference(LinearDatamodelingScore other) {
        double[] ours = resampled();
        double[] theirs = other.resampled();
        return deviation(IntStream.range(0, RESAMPLES)
                .mapToDouble(i -> ours[i] - theirs[i])
                .toArray());
    }

    /** The score of each resample (the bootstrap; ranks are those among all subsets). */
    private double[] resampled() {
        Random random = new Random(SEED);
        double[] scores = new double[RESAMPLES];
        for (int i = 0; i < RESAMPLES; i++) {
            int[] tests = random.ints(predicted.length, 0, predicted.length).toArray();
            int[] subsets =
                    random.ints(predicted[0].length, 0, predicted[0].length).toArray();
            scores[i] = mean(tests, subsets);
        }
        return scores;
    }

    private double mean(int[] tests, int[] subsets) {
        PearsonsCorrelation pearson = new PearsonsCorrelation();
        return IntStream.of(tests)
                .mapToDouble(test -> pearson.correlation(pick(predicted[test], subsets), pick(actual[test], subsets)))
                .average()
                .orElseThrow();
    }

    private static double[] pick(double[] from, int... positions) {
        return IntStream.of(positions).mapToDouble(i -> from[i]).toArray();
    }

    private static int[] range(int size) {
        return IntStream.range(0, size).toArray();
    }

    private static double deviation(double... sample) {
        return Math.sqrt(StatUtils.variance(sample));
    }
}
