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

import dev.fastif.core.Progress;
import dev.fastif.core.Solution;
import dev.fastif.core.SolveFailedException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;

class ConjugateGradientTest {
    @Test
    void takesAsManyIterationsAsThereAreEigenvalues() {
        MatrixCurvature curvature = MatrixCurvature.of(Systems.ofSpectrum(1, 1, 1, 1, 5, 5, 5, 9, 9));
        Solution solution = ConjugateGradient.builder()
                .damping(0)
                .tolerance(1e-10)
                .build()
                .solve(curvature, vector(normal(1, 8)), Progress.none());
        assertEquals(3, solution.report().iterations());
        assertEquals(4, curvature.products(), "one more for the certificate");
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "2, 1", "3, 4.5", "4, 0", "5, 2"})
    void negativeCurvatureIsNamedWithADampingThatWorks(long seed, double damping) {
        double[] spectrum = normal(seed, 50);
        for (int i = 0; i < 50; i++) {
            spectrum[i] = 10 * Math.abs(spectrum[i]);
        }
        spectrum[(int) seed] = -5 - seed;
        spectrum[20] = -3;
        MatrixCurvature curvature = MatrixCurvature.of(Systems.ofSpectrum(seed, spectrum));
        INDArray v = vector(normal(seed + 1, 50));
        String message = assertMentions(
                SolveFailedException.class,
                () -> cg(damping).solve(curvature, v, Progress.none()),
                "negative curvature",
                "smallest eigenvalue",
                "Raise damping (now " + damping + ") to ");
        double workable = suggestion(message);
        assertTrue(workable > 5 + seed && workable < 1.5 * (5 + seed), message);
        assertTrue(cg(workable).solve(curvature, v, Progress.none()).report().relativeResidual() < 1e-6);
    }

    @Test
    void aSingularSystemIsNamedWithADampingThatWorks() {
        MatrixCurvature curvature = MatrixCurvature.of(Systems.diagonal(0, 0, 3));
        INDArray v = vector(1, 2, 0);
        String message = assertMentions(
                SolveFailedException.class,
                () -> cg(0).solve(curvature, v, Progress.none()),
                "Raise damping (now 0.0)");
        cg(suggestion(message)).solve(curvature, v, Progress.none());
        assertMentions(
                SolveFailedException.class, () -> cg(0).solve(curvature, vector(1, 2, 3), Progress.none()), "damping");
    }

    private static double suggestion(String message) {
        Matcher matcher =
                Pattern.compile("Raise damping \\(now .*\\) to (\\S+)$").matcher(message);
        assertTrue(matcher.find(), message);
        return Double.parseDouble(matcher.group(1));
    }

    @Test
    void tooFewIterationsAreNamed() {
        MatrixCurvature curvature = MatrixCurvature.of(Systems.ofSpectrum(2, Systems.logarithmic(40, 1e-4, 1)));
        ConjugateGradient solver = ConjugateGradient.builder()
                .damping(0)
                .tolerance(1e-9)
                .maxIterations(5)
                .build();
        assertMentions(
                SolveFailedException.class,
                () -> solver.solve(curvature, vector(normal(3, 40)), Progress.none()),
                "after 5 iterations",
                "1.0E-9",
                "raise maxIterations or the damping");
        assertEquals(6, curvature.products(), "one for the true residual");
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void productsThatAreNotFiniteAreNoticedAtOnce(double bad) {
        double[][] matrix = Systems.diagonal(1, 2, 3);
        matrix[1][1] = bad;
        MatrixCurvature curvature = MatrixCurvature.of(matrix);
        assertMentions(
                SolveFailedException.class,
                () -> cg(1).solve(curvature, vector(1, 1, 1), Progress.none()),
                "not finite",
                "iteration 1",
                "check the model's parameters and data");
        assertEquals(1, curvature.products());
    }

    @Test
    void aSampleIsFixedByTheSeed() {
        MatrixCurvature curvature =
                MatrixCurvature.noisy(4, 20, 0.1, Systems.ofSpectrum(5, Systems.logarithmic(6, 1, 4)));
        INDArray v = vector(normal(6, 6));
        Solution first = sampled(8, 1).solve(curvature, v, Progress.none());
        Solution same = sampled(8, 1).solve(curvature, v, Progress.none());
        Solution other = sampled(8, 2).solve(curvature, v, Progress.none());
        assertSameBits(first.value(), same.value());
        assertFalse(isClose(first.value(), other.value(), 1e-6));
        assertEquals(8, first.report().residualExamples());
        ConjugateGradient onAll = ConjugateGradient.builder().damping(1).build();
        Solution all = onAll.solve(curvature, v, Progress.none());
        Solution sampleOfAll = sampled(40, 9).solve(curvature, v, Progress.none());
        assertSameBits(all.value(), sampleOfAll.value());
        assertRejected(
                () -> sampled(41, 1).solve(curvature, v, Progress.none()), "examples is 41", "training set has 40");
    }

    private static ConjugateGradient sampled(int examples, long seed) {
        return ConjugateGradient.builder()
                .damping(1)
                .examples(examples)
                .seed(seed)
                .build();
    }

    private static ConjugateGradient cg(double damping) {
        return ConjugateGradient.builder().damping(damping).tolerance(1e-8).build();
    }

    @Test
    void optionsOutOfBoundsAreNamed() {
        ConjugateGradient.Builder builder = ConjugateGradient.builder();
        assertRejected(() -> builder.damping(-1), "damping is -1.0", "at least 0");
        assertRejected(() -> builder.damping(Double.NaN), "damping is NaN", "finite");
        assertRejected(() -> builder.tolerance(0), "tolerance is 0.0", "above 0");
        assertRejected(() -> builder.tolerance(Double.POSITIVE_INFINITY), "tolerance is Infinity", "finite");
        assertRejected(() -> builder.maxIterations(0), "maxIterations is 0", "at least 1");
        assertRejected(() -> builder.examples(0), "examples is 0", "at least 1");
        assertEquals(
                "ConjugateGradient(damping=auto, tolerance=1.0E-4, maxIterations=200, examples=all)",
                builder.build().toString());
    }
}
