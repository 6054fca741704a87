package dev.fastif.hvp;

import static dev.fastif.hvp.Messages.assertMentions;
import static dev.fastif.hvp.Messages.assertRejected;
import static dev.fastif.hvp.Systems.assertSameBits;
import static dev.fastif.hvp.Systems.isClose;
import static dev.fastif.hvp.Systems.normal;
import static dev.fastif.hvp.Systems.vector;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Curvature;
import dev.fastif.core.Progress;
import dev.fastif.core.Solution;
import dev.fastif.core.SolveFailedException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;

class LissaTest {
    private static final double[][] MEAN = Systems.ofSpectrum(1, 0.5, 1, 2, 3, 6);
    private static final double[] V = normal(2, 5);

    @ParameterizedTest
    @CsvSource({"1, 0, 10", "3, 0, 10", "17, 0.5, 8", "400, 2, 20"})
    void everyStepIsThePapers(int depth, double damping, double scale) {
        // For an eigenvalue a of the damped system, s_J / sigma = v (1 - (1 - a / sigma)^(J + 1)) / a.
        double[] eigenvalues = {1, 2, 5, 0.25, 7};
        Solution solution = lissa(depth, 1, 1)
                .damping(damping)
                .scale(scale)
                .build()
                .solve(MatrixCurvature.of(Systems.diagonal(eigenvalues)), vector(V), Progress.none());
        for (int i = 0; i < 5; i++) {
            double a = eigenvalues[i] + damping;
            double expected = V[i] * (1 - Math.pow(1 - a / scale, depth + 1)) / a;
            assertEquals(expected, solution.value().getDouble(i), 1e-13);
        }
        assertEquals(depth, solution.report().iterations());
    }

    /**
     * Samples of different steps are independent, so the expectation obeys the recursion with the mean matrix. The mean of
     * 100 seeds is within five standard errors of it: for random seeds that would fail once in 100,000 runs.
     */
    @ParameterizedTest
    @CsvSource({"1, 1", "3, 1", "2, 4"})
    void sampledAnswersScatterAroundThatOfTheMean(int batchSize, int repeats) {
        MatrixCurvature curvature = MatrixCurvature.noisy(3, 10, 0.5, MEAN);
        int seeds = 100;
        double[] sum = new double[5];
        double[] squares = new double[5];
        for (int seed = 0; seed < seeds; seed++) {
            double[] s = lissa(12, batchSize, repeats)
                    .seed(seed)
                    .build()
                    .solve(curvature, vector(V), Progress.none())
                    .value()
                    .toDoubleVector();
            for (int i = 0; i < 5; i++) {
                sum[i] += s[i];
                squares[i] += s[i] * s[i];
            }
        }
        double[] expected = lissa(12, 1, 1)
                .build()
                .solve(MatrixCurvature.of(MEAN), vector(V), Progress.none())
                .value()
                .toDoubleVector();
        for (int i = 0; i < 5; i++) {
            double mean = sum[i] / seeds;
            double error = Math.sqrt((squares[i] / seeds - mean * mean) / seeds);
            assertEquals(expected[i], mean, 5 * error);
            assertTrue(error > 0);
        }
    }

    @Test
    void theAnswerIsTheMeanOfItsRepeats() {
        MatrixCurvature curvature = MatrixCurvature.noisy(4, 10, 0.3, MEAN);
        Sampler sampler = Sampler.uniform(7, 20, 2);
        INDArray together = lissa(9, 2, 3)
                .seed(7)
                .build()
                .solve(curvature, vector(V), Progress.none())
                .value();
        INDArray mean = together.mul(0);
        for (int repeat = 0; repeat < 3; repeat++) {
            int which = repeat;
            mean.addi(lissa(9, 2, 1)
                    .build()
                    .solveAll(
                            curvature,
                            List.of(vector(V)),
                            Progress.none(),
                            (unused, step) -> sampler.sample(which, step))
                    .get(0)
                    .value()
                    .divi(3));
        }
        assertTrue(isClose(mean, together, 1e-14));
    }

    /** The reported spread of four repeats is what the answers of many seeds scatter by; 200 seeds tell it to 10%. */
    @Test
    void spreadIsTheStandardErrorOfTheMean() {
        MatrixCurvature curvature = MatrixCurvature.noisy(5, 10, 0.3, MEAN);
        double[] mean = new double[5];
        double squares = 0;
        double reported = 0;
        int seeds = 200;
        for (int seed = 0; seed < seeds; seed++) {
            Solution solution = lissa(20, 1, 4).seed(seed).build().solve(curvature, vector(V), Progress.none());
            double[] s = solution.value().toDoubleVector();
            for (int i = 0; i < 5; i++) {
                mean[i] += s[i] / seeds;
            }
            squares += Systems.dot(s, s) / seeds;
            reported += Math.pow(solution.report().spread() * Math.sqrt(Systems.dot(s, s)), 2) / seeds;
        }
        double variance = (squares - Systems.dot(mean, mean)) * seeds / (seeds - 1);
        assertEquals(1, Math.sqrt(reported / variance), 0.1);
        assertTrue(Double.isNaN(lissa(3, 1, 1)
                .build()
                .solve(curvature, vector(V), Progress.none())
                .report()
                .spread()));
    }

    @Test
    void moreRepeatsScatterLess() {
        MatrixCurvature curvature = MatrixCurvature.noisy(5, 10, 0.5, MEAN);
        double one = scatter(curvature, 1);
        double sixteen = scatter(curvature, 16);
        // the ratio is 4 in expectation
        assertTrue(one / sixteen > 2.5 && one / sixteen < 6.4, one + " / " + sixteen);
    }

    private static double scatter(Curvature curvature, int repeats) {
        double[] first = IntStream.range(0, 60)
                .mapToDouble(seed -> lissa(10, 1, repeats)
                        .seed(1000 + seed)
                        .build()
                        .solve(curvature, vector(V), Progress.none())
                        .value()
                        .getDouble(0))
                .toArray();
        double mean =
                IntStream.range(0, 60).mapToDouble(i -> first[i]).average().orElseThrow();
        return Math.sqrt(IntStream.range(0, 60)
                .mapToDouble(i -> (first[i] - mean) * (first[i] - mean))
                .average()
                .orElseThrow());
    }

    @Test
    void theSeedDecides() {
        MatrixCurvature curvature = MatrixCurvature.noisy(6, 10, 0.5, MEAN);
        INDArray first = lissa(10, 2, 2)
                .seed(5)
                .build()
                .solve(curvature, vector(V), Progress.none())
                .value();
        INDArray same = lissa(10, 2, 2)
                .seed(5)
                .build()
                .solve(curvature, vector(V), Progress.none())
                .value();
        INDArray other = lissa(10, 2, 2)
                .seed(6)
                .build()
                .solve(curvature, vector(V), Progress.none())
                .value();
        assertSameBits(first, same);
        assertFalse(isClose(first, other, 1e-6));
    }

    @Test
    void theResidualIsMeasuredOnTheNumberOfExamplesAskedFor() {
        MatrixCurvature curvature = MatrixCurvature.noisy(7, 20, 0.2, MEAN);
        Solution some =
                lissa(30, 1, 1).residualExamples(7).seed(3).build().solve(curvature, vector(V), Progress.none());
        Solution all =
                lissa(30, 1, 1).residualExamples(99).seed(3).build().solve(curvature, vector(V), Progress.none());
        assertEquals(7, some.report().residualExamples());
        assertEquals(40, all.report().residualExamples());
        int[] sample = Sampler.uniform(3, 40, 7).sample(Sampler.Stream.RESIDUAL, 0);
        double[] s = some.value().toDoubleVector();
        assertEquals(
                Systems.relativeResidual(curvature.mean(sample), 0, s, V),
                some.report().relativeResidual(),
                1e-13);
        assertEquals(Systems.relativeResidual(MEAN, 0, s, V), all.report().relativeResidual(), 1e-13);
    }

    @ParameterizedTest
    @CsvSource({"0.006, 1", "0.6, 3", "2, 9"})
    void aScaleThatIsTooSmallIsNoticedWithinAFewSteps(double scale, int steps) {
        MatrixCurvature curvature = MatrixCurvature.of(MEAN);
        assertMentions(
                SolveFailedException.class,
                () -> lissa(5000, 1, 1).scale(scale).build().solve(curvature, vector(V), Progress.none()),
                "LiSSA diverged",
                "of 5000 steps",
                "raise scale (now " + scale + ")",
                "raise damping (now 0.0)",
                "batchSize (now 1)");
        assertTrue(curvature.products() <= steps, "noticed after " + curvature.products());
    }

    @Test
    void negativeCurvatureDivergesUnlessItIsDamped() {
        MatrixCurvature curvature = MatrixCurvature.of(Systems.diagonal(-2, 1, 3));
        assertMentions(
                SolveFailedException.class,
                () -> lissa(2000, 1, 1).build().solve(curvature, vector(1, 1, 1), Progress.none()),
                "LiSSA diverged",
                "raise damping (now 0.0) if it is negative");
        Solution damped = lissa(2000, 1, 1).damping(3).build().solve(curvature, vector(1, 1, 1), Progress.none());
        assertTrue(damped.report().relativeResidual() < 1e-8);
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void productsThatAreNotFiniteAreNoticedAtOnce(double bad) {
        double[][] matrix = Systems.diagonal(1, 1, 1);
        matrix[2][2] = bad;
        MatrixCurvature curvature = MatrixCurvature.of(matrix);
        assertMentions(
                SolveFailedException.class,
                () -> lissa(100, 1, 1).build().solve(curvature, vector(1, 1, 1), Progress.none()),
                "after 1 of 100 steps",
                "scale",
                "damping");
        assertEquals(1, curvature.products());
    }

    @Test
    void batchesLargerThanTheTrainingSetAreRefused() {
        MatrixCurvature curvature = MatrixCurvature.noisy(8, 3, 0.1, MEAN);
        assertRejected(
                () -> lissa(10, 7, 1).build().solve(curvature, vector(V), Progress.none()),
                "batchSize is 7",
                "training set has 6",
                "at most");
        lissa(10, 6, 1).build().solve(curvature, vector(V), Progress.none());
    }

    @Test
    void optionsOutOfBoundsAreNamed() {
        Lissa.Builder builder = Lissa.builder();
        assertRejected(() -> builder.recursionDepth(0), "recursionDepth is 0", "at least 1");
        assertRejected(() -> builder.batchSize(-1), "batchSize is -1", "at least 1");
        assertRejected(() -> builder.repeats(0), "repeats is 0", "at least 1");
        assertRejected(() -> builder.damping(-0.1), "damping is -0.1", "at least 0");
        assertRejected(() -> builder.damping(Double.POSITIVE_INFINITY), "damping is Infinity", "finite");
        assertRejected(() -> builder.scale(0), "scale is 0.0", "above 0");
        assertRejected(() -> builder.scale(-3), "scale is -3.0", "above 0");
        assertRejected(() -> builder.scale(Double.NaN), "scale is NaN", "finite");
        assertRejected(() -> builder.dampAndScale(-1, 10), "damp is -1.0", "at least 0");
        assertRejected(() -> builder.accuracy(0), "accuracy is 0", "above 0");
        assertRejected(() -> builder.maxRecursionDepth(0), "maxRecursionDepth is 0", "at least 1");
        assertRejected(() -> builder.residualExamples(0), "residualExamples is 0", "at least 1");
    }

    @Test
    void publishedSettingsMeanADampingOfFifty() {
        Lissa published = Lissa.builder().published().build();
        assertEquals(Lissa.builder().build().toString(), published.toString());
        assertEquals("LiSSA(J=1000, B=1, T=1, damping=50.0, scale=10000.0, seed=0)", published.toString());
    }

    private static Lissa.Builder lissa(int depth, int batchSize, int repeats) {
        return Lissa.builder()
                .recursionDepth(depth)
                .batchSize(batchSize)
                .repeats(repeats)
                .damping(0)
                .scale(10);
    }
}
