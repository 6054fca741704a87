package dev.fastif.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.apache.commons.math3.stat.correlation.SpearmansCorrelation;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class LinearDatamodelingScoreTest {
    private static final int SUBSETS = 40;
    private static final int TESTS = 5;

    private final Random random = new Random(3);
    private final INDArray actual = gaussian();

    @Test
    void anyIncreasingFunctionOfTheTruthScoresOne() {
        INDArray predicted = actual.mul(3).addi(7);
        LinearDatamodelingScore score = new LinearDatamodelingScore(predicted, actual);
        assertEquals(1, score.value(), 1e-12);
        assertEquals(0, score.standardErrorOfDifference(score), 1e-12);
    }

    @Test
    void isTheMeanOfSpearmansCorrelations() {
        INDArray predicted = gaussian().addi(actual);
        double expected = 0;
        for (int test = 0; test < TESTS; test++) {
            expected += new SpearmansCorrelation()
                            .correlation(
                                    predicted.getColumn(test).toDoubleVector(),
                                    actual.getColumn(test).toDoubleVector())
                    / TESTS;
        }
        assertEquals(expected, new LinearDatamodelingScore(predicted, actual).value(), 1e-12);
    }

    /** Of independent subsets and tests, the score of nothing scatters about 0 by 1 / sqrt(subsets * tests). */
    @Test
    void standardErrorIsThatOfIndependentDraws() {
        double error = new LinearDatamodelingScore(gaussian(), actual).standardError();
        double expected = 1 / Math.sqrt(SUBSETS * TESTS);
        assertTrue(error > 0.5 * expected && error < 2.5 * expected, () -> error + " for " + expected);
    }

    private INDArray gaussian() {
        double[][] values = new double[SUBSETS][TESTS];
        for (double[] row : values) {
            for (int i = 0; i < row.length; i++) {
                row[i] = random.nextGaussian();
            }
        }
        return Nd4j.createFromArray(values);
    }
}
