package dev.fastif.examples.bert;

import static dev.fastif.golden.RelativeError.assertWithin;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fastif.core.Curvature;
import dev.fastif.core.InverseHvp;
import dev.fastif.core.Progress;
import dev.fastif.core.Solution;
import dev.fastif.core.SolveFailedException;
import dev.fastif.golden.GoldenSet;
import dev.fastif.hvp.ConjugateGradient;
import dev.fastif.hvp.Lissa;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Every solver on the indefinite Hessian of a BERT classifier, eigenvalues -5.92 to 17.29 over 32 examples, against the
 * oracle's s_test: the bundled golden set 'tiny-bert', damping 8.
 */
class SolversOnTinyBertTest {
    private static GoldenBert golden;

    @BeforeAll
    static void load() {
        golden = new GoldenBert(GoldenSet.find("tiny-bert", GoldenBert.KEYS), DataType.DOUBLE);
    }

    /** A solver, and how far it may be off. */
    private record Case(String name, InverseHvp solver, double bound) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Case> cases() {
        ConjugateGradient.Builder cg = ConjugateGradient.builder().damping(8).tolerance(1e-8);
        return List.of(
                new Case("CG", cg.build(), 1e-6),
                new Case("preconditioned CG", cg.preconditionerExamples(32).build(), 1e-6),
                new Case(
                        "LiSSA with full batches",
                        Lissa.builder()
                                .recursionDepth(60)
                                .batchSize(32)
                                .damping(8)
                                .scale(13.7)
                                .build(),
                        0.001),
                new Case(
                        "automatic LiSSA with full batches",
                        Lissa.auto().damping(8).batchSize(32).build(),
                        0.01),
                // smaller batches scatter more, and take as many more steps of a smaller size
                new Case(
                        "automatic LiSSA",
                        Lissa.auto()
                                .damping(8)
                                .batchSize(28)
                                .repeats(4)
                                .accuracy(0.04)
                                .build(),
                        0.04));
    }

    private static Curvature curvature() {
        return Curvature.hessian(golden.model, golden.trainingSet);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void findsTheSolution(Case c) {
        INDArray v = golden.model.gradient(golden.test(0));
        double[] before = v.toDoubleVector();
        Solution solution = c.solver.solve(curvature(), v, Progress.none());
        assertWithin(c.bound, golden.vector("s_test", 0), solution.value(), c.name);
        assertEquals(8, solution.report().damping());
        assertArrayEquals(before, v.toDoubleVector());
    }

    /** It says so, and which damping would do, before any step is taken; conjugate gradients say the same. */
    @Test
    void dampingBelowTheMostNegativeEigenvalueIsRefused() {
        INDArray v = golden.model.gradient(golden.test(0));
        Failures.assertMentions(
                SolveFailedException.class,
                () -> Lissa.auto().damping(1).batchSize(16).build().solve(curvature(), v, Progress.none()),
                "H + damping is indefinite",
                "smallest eigenvalue of H is about -5.918",
                "damping 1.0 misses by 4.918",
                "Raise damping to at least 6.5");
        Failures.assertMentions(
                SolveFailedException.class,
                () -> ConjugateGradient.builder().damping(1).build().solve(curvature(), v, Progress.none()),
                "negative curvature",
                "smallest eigenvalue of H is about -5.9",
                "Raise damping (now 1.0) to 6.5");
    }
}
