package dev.fastif.hvp;

import static dev.fastif.hvp.Messages.assertMentions;
import static dev.fastif.hvp.Systems.normal;
import static dev.fastif.hvp.Systems.vector;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Progress;
import dev.fastif.core.Solution;
import dev.fastif.core.SolveFailedException;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What LiSSA chooses for itself works, and what cannot work is said before it is tried. */
class AutomaticLissaTest {
    /**
     * Problems between 2 and 60 parameters whose spectra span anything between 1e-3 and 1e6, a third of them indefinite,
     * with noise between examples as large as the mean: the recursion never diverges, and its answer is never much
     * worse than none.
     */
    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void badlyScaledProblemsNeverDiverge(int batchSize) {
        double worst = 0;
        for (int seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            int p = 2 + random.nextInt(59);
            double low = Math.pow(10, -3 + 8 * random.nextDouble());
            double high = low * Math.pow(10, random.nextDouble() * (6 - Math.log10(low)));
            double[] spectrum = Systems.logarithmic(p, low, high);
            if (seed % 3 == 0) {
                spectrum[0] = -high * random.nextDouble();
            }
            double noise = random.nextDouble() * high / Math.sqrt(p);
            double[][] matrix = Systems.ofSpectrum(seed, spectrum);
            double[] v = normal(seed, p);
            Solution solution = Lissa.auto()
                    .batchSize(batchSize)
                    .maxRecursionDepth(2000)
                    .seed(seed)
                    .build()
                    .solve(MatrixCurvature.noisy(seed, 20, noise, matrix), vector(v), Progress.none());
            double[] exact = Systems.solve(matrix, solution.report().damping(), v);
            double error = distance(solution.value().toDoubleVector(), exact) / distance(new double[p], exact);
            worst = Math.max(worst, error);
            assertTrue(
                    error < 1.25,
                    "seed " + seed + ": error " + error + ", "
                            + solution.report().solver());
        }
        assertTrue(worst > 0.5, "some of them are too hard for 2,000 steps, or this tests nothing: " + worst);
    }

    private static double distance(double[] a, double... b) {
        return Math.sqrt(IntStream.range(0, a.length)
                .mapToDouble(i -> (a[i] - b[i]) * (a[i] - b[i]))
                .sum());
    }

    @Test
    void dampingThatLeavesTheSystemIndefiniteIsRefusedWithOneThatWorks() {
        MatrixCurvature curvature = MatrixCurvature.of(Systems.ofSpectrum(3, -6, -2, 0, 0.1, 3, 5, 10));
        Lissa.Builder lissa = Lissa.auto().accuracy(1e-10);
        String message = assertMentions(
                SolveFailedException.class,
                () -> lissa.damping(1).build().solve(curvature, vector(normal(1, 7)), Progress.none()),
                "H + damping is indefinite",
                "smallest eigenvalue of H is about -6.000",
                "damping 1.0 misses by 5.000",
                "Raise damping to at least 6.6");
        assertTrue(curvature.products() <= 16, message);
        Solution solution = lissa.damping(6.61).build().solve(curvature, vector(normal(1, 7)), Progress.none());
        assertTrue(solution.report().relativeResidual() < 1e-8);
    }

    @Test
    void dampingLeftOpenIsJustEnough() {
        MatrixCurvature curvature = MatrixCurvature.of(Systems.ofSpectrum(3, -6, -2, 0, 0.1, 3, 5, 10));
        Solution solution =
                Lissa.auto().accuracy(1e-10).build().solve(curvature, vector(normal(1, 7)), Progress.none());
        assertEquals(6.61, solution.report().damping(), 1e-6);
        assertEquals(1.25 * 16.61, solution.report().scale(), 1e-6);
        assertTrue(solution.report().relativeResidual() < 1e-8);
    }

    @Test
    void depthFollowsFromTheAccuracy() {
        MatrixCurvature curvature = MatrixCurvature.of(Systems.diagonal(1, 2, 4));
        for (double accuracy : new double[] {0.1, 1e-3, 1e-9}) {
            Solution solution = Lissa.auto()
                    .damping(0)
                    .accuracy(accuracy)
                    .build()
                    .solve(curvature, vector(1, 1, 1), Progress.none());
            double[] exact = {1, 0.5, 0.25};
            double error = distance(solution.value().toDoubleVector(), exact);
            assertTrue(error <= accuracy && error > accuracy / 100, accuracy + ": " + error);
            assertEquals(
                    (int) Math.ceil(5 * Math.log(1 / accuracy)),
                    solution.report().iterations());
        }
        assertEquals(
                7,
                Lissa.auto()
                        .damping(0)
                        .maxRecursionDepth(7)
                        .build()
                        .solve(curvature, vector(1, 1, 1), Progress.none())
                        .report()
                        .iterations());
    }

    /** A batch that none of those looked at resembles: the recursion diverges, and goes on with half the step. */
    @Test
    void aRareLargeExampleHalvesTheStep() {
        double[][][] matrices = new double[400][][];
        for (int i = 0; i < matrices.length; i++) {
            matrices[i] = Systems.diagonal(1, i == 17 ? 1000 : 1);
        }
        MatrixCurvature curvature = MatrixCurvature.ofExamples(matrices);
        Solution solution = Lissa.auto()
                .damping(1)
                .residualExamples(8)
                .recursionDepth(4000)
                .build()
                .solve(curvature, vector(1, 1), Progress.none());
        assertTrue(solution.report().scale() > 10, solution.report().solver());
    }

    @Test
    void whatIsGivenIsKept() {
        MatrixCurvature curvature = MatrixCurvature.of(Systems.diagonal(1, 2, 4));
        Solution solution = Lissa.auto()
                .damping(3)
                .scale(70)
                .recursionDepth(9)
                .build()
                .solve(curvature, vector(1, 1, 1), Progress.none());
        assertEquals(
                "LiSSA(J=9, B=1, T=1, damping=3.0, scale=70.0, seed=0)",
                solution.report().solver());
        assertEquals(
                "LiSSA(J=auto, B=1, T=1, damping=auto, scale=auto, seed=0)",
                Lissa.auto().build().toString());
    }
}
