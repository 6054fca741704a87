package dev.fastif.hvp;

import static dev.fastif.hvp.Messages.assertMentions;
import static dev.fastif.hvp.Messages.assertRejected;
import static dev.fastif.hvp.Systems.normal;
import static dev.fastif.hvp.Systems.vector;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Progress;
import dev.fastif.core.Solution;
import dev.fastif.core.SolveFailedException;
import dev.fastif.core.SolveOutcome;
import dev.fastif.hvp.internal.Cholesky;
import dev.fastif.hvp.internal.SymmetricMatrix;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

class DirectSolverTest {
    private static SymmetricMatrix lower(double[]... matrix) {
        double[][] rows = new double[matrix.length][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = java.util.Arrays.copyOf(matrix[i], i + 1);
        }
        return new SymmetricMatrix(rows);
    }

    /** Sizes on both sides of every block, against elimination. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 7, 8, 9, 31, 64, 101})
    void factorsSolve(int p) {
        double[][] matrix = Systems.ofSpectrum(p, Systems.logarithmic(Math.max(p, 2), 0.1, 10));
        SymmetricMatrix symmetric = lower(matrix);
        double[] v = normal(p, matrix.length);
        Cholesky factor = Cholesky.of(symmetric, 0.5, 0, () -> {});
        assertNotNull(factor);
        double[] expected = Systems.solve(matrix, 0.5, v);
        double[] actual = factor.solve(v);
        INDArray product = symmetric.apply(vector(v));
        for (int i = 0; i < v.length; i++) {
            assertEquals(expected[i], actual[i], 1e-11);
            assertEquals(Systems.dot(matrix[i], v), product.getDouble(i), 1e-11);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 5, 8, 33})
    void oneNegativeEigenvalueIsSeen(int p) {
        double[] spectrum = Systems.logarithmic(p, 1, 10);
        spectrum[p / 2] = -0.1;
        SymmetricMatrix matrix = lower(Systems.ofSpectrum(p, spectrum));
        assertNull(Cholesky.of(matrix, 0, 0, () -> {}));
        assertNull(Cholesky.of(matrix, 0.0999, 0, () -> {}));
        assertNotNull(Cholesky.of(matrix, 0.1001, 0, () -> {}));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2, 3, 4})
    void anIndefiniteSystemIsNamedWithADampingThatWorks(long seed) {
        double[] spectrum = normal(seed, 50);
        spectrum[3] = -2 - seed;
        MatrixCurvature curvature = MatrixCurvature.of(Systems.ofSpectrum(seed, spectrum));
        INDArray v = vector(normal(seed + 1, 50));
        String message = assertMentions(
                SolveFailedException.class,
                () -> direct(0.5).solve(curvature, v, Progress.none()),
                "not positive definite",
                "Raise damping (now 0.5) to ");
        Matcher matcher = Pattern.compile("to (\\S+), or invert").matcher(message);
        assertTrue(matcher.find(), message);
        double named = Double.parseDouble(matcher.group(1));
        assertTrue(named > 2 + seed && named < 1.3 * (2 + seed), message);
        direct(named).solve(curvature, v, Progress.none());
        Solution open = DirectSolver.builder().build().solve(curvature, v, Progress.none());
        assertEquals(named, open.report().damping(), 1e-3 * named);
        assertTrue(open.report().solver().contains("a thousandth of the largest eigenvalue"));
        assertTrue(open.report().solver().contains("and 1.1 times the negative one"));
    }

    @Test
    void aSingularSystemIsRefused() {
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            MatrixCurvature curvature = MatrixCurvature.of(Systems.ofSpectrum(5, 0, 1, 2, 3));
            INDArray v = vector(1, 2, 3, 4).castTo(type);
            SolveFailedException e = org.junit.jupiter.api.Assertions.assertThrows(
                    SolveFailedException.class, () -> direct(0).solve(curvature, v, Progress.none()));
            assertEquals(SolveOutcome.NOT_DEFINITE, e.outcome());
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {1, 30, 1e4})
    void theConditionIsThatOfTheSystem(double condition) {
        MatrixCurvature curvature =
                MatrixCurvature.of(Systems.ofSpectrum(9, Systems.logarithmic(40, 2 / condition, 2)));
        String solver = direct(0)
                .solve(curvature, vector(normal(3, 40)), Progress.none())
                .report()
                .solver();
        String number = solver.substring(solver.lastIndexOf(' ') + 1);
        assertEquals(condition, Double.parseDouble(number), 0.02 * condition, solver);
    }

    @Test
    void aMatrixThatIsNotFiniteIsNamed() {
        double[][] matrix = Systems.diagonal(1, 2, 3);
        matrix[1][1] = Double.NaN;
        SolveFailedException e =
                org.junit.jupiter.api.Assertions.assertThrows(SolveFailedException.class, () -> direct(1)
                        .solve(MatrixCurvature.of(matrix), vector(1, 1, 1), Progress.none()));
        assertEquals(SolveOutcome.NOT_FINITE, e.outcome());
    }

    @Test
    void optionsOutOfBoundsAndModelsTooLargeAreNamed() {
        DirectSolver.Builder builder = DirectSolver.builder();
        assertRejected(() -> builder.damping(-1), "damping is -1.0", "at least 0");
        assertRejected(() -> builder.tolerance(0), "tolerance is 0.0", "above 0");
        assertRejected(() -> builder.maxParameters(0), "maxParameters is 0", "at least 1");
        MatrixCurvature curvature = MatrixCurvature.of(Systems.diagonal(1, 2, 3));
        assertRejected(
                () -> builder.maxParameters(2).build().solve(curvature, vector(1, 1, 1), Progress.none()),
                "3 parameters",
                "use ConjugateGradient, or raise maxParameters (now 2)");
        builder.maxParameters(3).build().solve(curvature, vector(1, 1, 1), Progress.none());
        assertEquals(
                "DirectSolver(damping=auto, tolerance=0.001)", builder.build().toString());
    }

    /** Small models are solved directly, others by conjugate gradients on as many examples as their size lets. */
    @Test
    void theAutomaticSolverChoosesBySize() {
        assertTrue(chosen(99, 1500).startsWith("DirectSolver"));
        assertTrue(chosen(2500, 3200).startsWith("DirectSolver"));
        assertTrue(chosen(2500, 3201).contains("examples=3201 "), chosen(2500, 3201));
        assertTrue(chosen(2501, 10).contains("examples=10 "));
        assertTrue(chosen(100_000, 60_000).contains("examples=5000 "));
        assertTrue(chosen(4_000_000, 400_000).contains("examples=1024 "));
    }

    private static String chosen(long parameters, int examples) {
        return AutomaticSolver.chosen(new SizedCurvature(parameters, examples)).toString();
    }

    private static DirectSolver direct(double damping) {
        return DirectSolver.builder().damping(damping).tolerance(1e-8).build();
    }

    private record SizedCurvature(long size, int examples) implements dev.fastif.core.Curvature {
        @Override
        public dev.fastif.core.LinearOperator on(int... ids) {
            throw new UnsupportedOperationException();
        }

        @Override
        public dev.fastif.core.LinearOperator full() {
            throw new UnsupportedOperationException();
        }

        @Override
        public INDArray approximateDiagonal(int... ids) {
            throw new UnsupportedOperationException();
        }
    }
}
