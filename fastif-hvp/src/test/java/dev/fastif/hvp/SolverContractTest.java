package dev.fastif.hvp;

import static dev.fastif.hvp.Systems.assertSameBits;
import static dev.fastif.hvp.Systems.isClose;
import static dev.fastif.hvp.Systems.normal;
import static dev.fastif.hvp.Systems.vector;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.InverseHvp;
import dev.fastif.core.Progress;
import dev.fastif.core.Solution;
import dev.fastif.core.SolveOutcome;
import dev.fastif.core.Stage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Every solver against every system of a known solution. */
class SolverContractTest {
    /** A system {@code (matrix + damping I) s = v} whose eigenvalues lie between 0 and {@code bound}. */
    static final class Problem {
        private final String name;
        private final double damping;
        private final double bound;
        private final double[][] matrix;

        Problem(String name, double damping, double bound, double[]... matrix) {
            this.name = name;
            this.damping = damping;
            this.bound = bound;
            this.matrix = matrix;
        }

        double[] v() {
            return normal(17, matrix.length);
        }

        MatrixCurvature curvature() {
            return MatrixCurvature.of(matrix);
        }
    }

    static final class Case {
        private final String name;
        private final InverseHvp solver;
        private final Problem problem;

        Case(String name, InverseHvp solver, Problem problem) {
            this.name = name;
            this.solver = solver;
            this.problem = problem;
        }

        /** With a tolerance that single precision can reach. */
        InverseHvp loose() {
            if (solver instanceof DirectSolver) {
                return DirectSolver.builder()
                        .damping(problem.damping)
                        .tolerance(1e-5)
                        .build();
            }
            return solver instanceof ConjugateGradient
                    ? ConjugateGradient.builder()
                            .damping(problem.damping)
                            .tolerance(1e-5)
                            .build()
                    : solver;
        }

        Solution solve(Progress progress) {
            return solver.solve(problem.curvature(), vector(problem.v()), progress);
        }

        @Override
        public String toString() {
            return name + ": " + problem.name;
        }
    }

    static List<Problem> problems() {
        return List.of(
                new Problem("one parameter", 0, 4, new double[][] {{4}}),
                new Problem("diagonal", 0.5, 10.5, Systems.diagonal(1, 2, 10, 4, 0)),
                new Problem("positive definite", 0, 20, Systems.ofSpectrum(1, Systems.logarithmic(37, 1, 20))),
                new Problem("singular, damped", 1, 9, Systems.ofSpectrum(2, 0, 0, 0, 3, 5, 8)),
                new Problem("indefinite, damped", 7, 17, Systems.ofSpectrum(3, -6, -2, 0, 0.1, 3, 5, 10)),
                new Problem("identity", 0, 1, Systems.diagonal(1, 1, 1, 1)));
    }

    static List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (Problem problem : problems()) {
            cases.add(new Case(
                    "CG",
                    ConjugateGradient.builder()
                            .damping(problem.damping)
                            .tolerance(1e-10)
                            .build(),
                    problem));
            cases.add(new Case(
                    "preconditioned CG",
                    ConjugateGradient.builder()
                            .damping(problem.damping)
                            .tolerance(1e-10)
                            .preconditionerExamples(1)
                            .build(),
                    problem));
            cases.add(new Case(
                    "direct",
                    DirectSolver.builder()
                            .damping(problem.damping)
                            .tolerance(1e-10)
                            .build(),
                    problem));
            cases.add(new Case(
                    "automatic LiSSA",
                    Lissa.auto().damping(problem.damping).accuracy(1e-12).build(),
                    problem));
            cases.add(new Case(
                    "LiSSA",
                    Lissa.builder()
                            .recursionDepth(450)
                            .damping(problem.damping)
                            .scale(problem.bound)
                            .build(),
                    problem));
        }
        return cases;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void findsTheSolution(Case c) {
        double[] expected = Systems.solve(c.problem.matrix, c.problem.damping, c.problem.v());
        double[] actual = c.solve(Progress.none()).value().toDoubleVector();
        double norm = Math.sqrt(Systems.dot(expected, expected));
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], actual[i], 1e-8 * norm);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void certificateIsTrue(Case c) {
        Solution solution = c.solve(Progress.none());
        double[] s = solution.value().toDoubleVector();
        double[] v = c.problem.v();
        double residual = Systems.relativeResidual(c.problem.matrix, c.problem.damping, s, v);
        double cosine = Systems.dot(s, v) / Math.sqrt(Systems.dot(s, s) * Systems.dot(v, v));
        assertEquals(residual, solution.report().relativeResidual(), 1e-13);
        assertTrue(residual < 1e-8);
        assertEquals(cosine, solution.report().cosine(), 1e-13);
        assertEquals(c.problem.damping, solution.report().damping());
        assertEquals(1, solution.report().residualExamples());
        assertEquals(SolveOutcome.SOLVED, solution.report().outcome());
        if (c.solver instanceof DirectSolver) {
            assertEquals(v.length, solution.report().iterations());
            assertTrue(
                    solution.report().solver().startsWith(c.solver + ", positive definite, condition number about "));
            return;
        }
        assertEquals(solution.report().iterations(), solution.report().norms().size());
        if (c.name.startsWith("automatic")) {
            assertTrue(solution.report().solver().contains("chosen from eigenvalues"));
            assertTrue(solution.report().scale() >= c.problem.bound);
        } else {
            assertEquals(c.solver.toString(), solution.report().solver());
        }
        List<Double> norms = solution.report().norms();
        assertEquals(Math.sqrt(Systems.dot(s, s)), norms.get(norms.size() - 1), 1e-10);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void inputIsUntouchedAndTheAnswerRepeats(Case c) {
        INDArray v = vector(c.problem.v());
        INDArray first =
                c.solver.solve(c.problem.curvature(), v, Progress.none()).value();
        assertEquals(vector(c.problem.v()), v);
        INDArray second =
                c.solver.solve(c.problem.curvature(), v, Progress.none()).value();
        assertSameBits(first, second);
        assertFalse(first == second);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void floatVectorsGiveFloatSolutions(Case c) {
        INDArray v = vector(c.problem.v()).castTo(DataType.FLOAT);
        InverseHvp solver = c.loose();
        Solution solution = solver.solve(c.problem.curvature(), v, Progress.none());
        assertEquals(DataType.FLOAT, solution.value().dataType());
        assertTrue(solution.report().relativeResidual() < 1e-4);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void zeroIsSolvedByZero(Case c) {
        INDArray zero = Nd4j.zeros(DataType.DOUBLE, c.problem.matrix.length);
        Solution solution = c.solver.solve(c.problem.curvature(), zero, Progress.none());
        assertEquals(zero, solution.value());
        assertEquals(0, solution.report().relativeResidual());
        assertEquals(0, solution.report().cosine());
    }

    /** Of any size that its numbers have: squares of 1e-30 are no float. */
    @ParameterizedTest
    @MethodSource("cases")
    void theSolutionGrowsWithTheRightHandSide(Case c) {
        if (c.name.startsWith("automatic")) {
            return; // the same recursion as LiSSA's, and much longer
        }
        for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE)) {
            int exponent = type == DataType.FLOAT ? 110 : 1000;
            INDArray v = vector(c.problem.v()).castTo(type);
            Solution usual = c.loose().solve(c.problem.curvature(), v, Progress.none());
            for (int sign : new int[] {-1, 1}) {
                double half = Math.scalb(1.0, sign * exponent / 2);
                INDArray scaled = v.mul(half).muli(half);
                Solution solution = c.loose().solve(c.problem.curvature(), scaled, Progress.none());
                // up to the power of two that v's own size is brought to
                INDArray back = solution.value().div(half).divi(half);
                double size = usual.value().norm2Number().doubleValue();
                assertTrue(isClose(usual.value(), back, 1e-4 * size), "scale " + half * half);
                assertEquals(
                        usual.report().relativeResidual(), solution.report().relativeResidual(), 1e-5);
            }
        }
    }

    /** A solver that was prepared gives the same, time and again, for the price of certificates. */
    @ParameterizedTest
    @MethodSource("cases")
    void preparedItGivesTheSame(Case c) {
        MatrixCurvature curvature = c.problem.curvature();
        INDArray v = vector(c.problem.v());
        InverseHvp prepared = c.solver.prepared(curvature, v, Progress.none());
        if (prepared == c.solver) {
            return; // what it gives again is compared above
        }
        Solution expected = c.solver.solve(curvature, v, Progress.none());
        int before = curvature.products();
        for (int i = 0; i < 3; i++) {
            Solution solution = prepared.solve(curvature, v, Progress.none());
            assertSameBits(expected.value(), solution.value());
            assertEquals(expected.report(), solution.report());
        }
        if (c.solver instanceof DirectSolver) {
            assertEquals(3, curvature.products() - before);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void progressCountsUpToItsTotal(Case c) {
        List<Long> done = new ArrayList<>();
        List<Long> totals = new ArrayList<>();
        c.solve((stage, finished, total) -> {
            if (stage == Stage.SPECTRUM) {
                return;
            }
            assertEquals(Stage.INVERSE_HVP, stage);
            done.add(finished);
            totals.add(total);
        });
        assertEquals(1, totals.stream().distinct().count());
        assertEquals(0, done.get(0));
        assertEquals(totals.get(0), done.get(done.size() - 1));
        for (int i = 1; i < done.size() - 1; i++) {
            assertEquals(i, done.get(i));
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void anInterruptCancelsWithinOneProduct(Case c) {
        MatrixCurvature curvature = c.problem.curvature();
        Thread.currentThread().interrupt();
        try {
            assertThrows(
                    CancellationException.class,
                    () -> c.solver.solve(curvature, vector(c.problem.v()), Progress.none()));
            assertEquals(0, curvature.products());
        } finally {
            assertTrue(Thread.interrupted(), "the flag stays set");
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void severalRightHandSidesAreSolvedAsOneByOne(Case c) {
        List<INDArray> vectors = List.of(
                vector(c.problem.v()),
                vector(normal(18, c.problem.matrix.length)).muli(1e3),
                Nd4j.zeros(DataType.DOUBLE, c.problem.matrix.length));
        List<Solution> together = c.solver.solveAll(c.problem.curvature(), vectors, Progress.none());
        assertEquals(3, together.size());
        for (int i = 0; i < 3; i++) {
            Solution alone = c.solver.solve(c.problem.curvature(), vectors.get(i), Progress.none());
            // automatic settings are those for the first of them
            if (i == 0 || !c.name.startsWith("automatic")) {
                assertSameBits(alone.value(), together.get(i).value());
                assertTrue(alone.report().equals(together.get(i).report()), "reports differ");
            }
        }
        Messages.assertRejected(
                () -> c.solver.solveAll(c.problem.curvature(), List.of(), Progress.none()), "vectors is empty");
    }

    @Test
    void vectorsThatAreNotFiniteAreRefused() {
        for (Case c : cases()) {
            INDArray v = vector(c.problem.v()).putScalar(0, Double.NaN);
            Messages.assertRejected(
                    () -> c.solver.solve(c.problem.curvature(), v, Progress.none()), "vector", "1 non-finite");
        }
    }
}
