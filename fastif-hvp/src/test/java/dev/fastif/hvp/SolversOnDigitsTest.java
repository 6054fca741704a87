package dev.fastif.hvp;

import static dev.fastif.golden.RelativeError.assertWithin;
import static dev.fastif.hvp.Systems.assertSameBits;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Curvature;
import dev.fastif.core.CurvatureMatrix;
import dev.fastif.core.InverseHvp;
import dev.fastif.core.Progress;
import dev.fastif.core.Solution;
import dev.fastif.core.TestArrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Every solver on the Hessian of softmax regression on 1,500 digits, eigenvalues 0.01 to 0.9: against the oracle's s_test,
 * or with damping against elimination on H in closed form.
 */
class SolversOnDigitsTest {
    private static GoldenDigits golden;

    @BeforeAll
    static void load() {
        golden = new GoldenDigits();
    }

    /** A solver, and how far it may be off. */
    private record Case(String name, InverseHvp solver, double damping, double bound) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Case> cases() {
        ConjugateGradient.Builder cg = ConjugateGradient.builder().tolerance(1e-8);
        return List.of(
                new Case("CG", cg.damping(0).build(), 0, 1e-6),
                new Case("damped CG", cg.damping(1).build(), 1, 1e-7),
                new Case(
                        "preconditioned CG",
                        cg.damping(0).preconditionerExamples(300).build(),
                        0,
                        1e-6),
                new Case(
                        "LiSSA with full batches",
                        Lissa.builder()
                                .recursionDepth(300)
                                .batchSize(1500)
                                .damping(0)
                                .scale(0.5)
                                .build(),
                        0,
                        0.005),
                new Case(
                        "automatic LiSSA with full batches",
                        Lissa.auto()
                                .batchSize(1500)
                                .residualExamples(1500)
                                .damping(0.1)
                                .build(),
                        0.1,
                        0.01),
                new Case(
                        "automatic LiSSA",
                        Lissa.auto().batchSize(50).repeats(8).damping(1).build(),
                        1,
                        0.02));
    }

    private static Curvature curvature() {
        return Curvature.hessian(golden.model, golden.trainingSet);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void findsTheSolution(Case c) {
        INDArray v = golden.model.gradient(golden.test(0));
        INDArray before = v.dup();
        Solution solution = c.solver.solve(curvature(), v, Progress.none());
        INDArray expected = c.damping == 0 ? golden.sTest(0) : golden.solve(c.damping, v);
        assertWithin(c.bound, expected, solution.value(), c.name);
        assertEquals(c.damping, solution.report().damping());
        assertSameBits(before, v);
    }

    @Test
    void theSameSeedGivesTheSameBitsAndAnotherOneOthers() {
        INDArray v = golden.model.gradient(golden.test(1));
        Lissa.Builder lissa = Lissa.auto().batchSize(50).damping(1);
        INDArray first =
                lissa.seed(3).build().solve(curvature(), v, Progress.none()).value();
        INDArray second =
                lissa.seed(3).build().solve(curvature(), v, Progress.none()).value();
        INDArray other =
                lissa.seed(4).build().solve(curvature(), v, Progress.none()).value();
        assertSameBits(first, second);
        assertTrue(TestArrays.difference(first, other) > 0);
    }

    /** The model is linear in its weights. */
    @Test
    void theGaussNewtonMatrixHasTheSameSolution() {
        Curvature curvature = Curvature.of(CurvatureMatrix.GAUSS_NEWTON, golden.model, golden.trainingSet);
        INDArray v = golden.model.gradient(golden.test(2));
        Solution solution =
                ConjugateGradient.builder().damping(0).tolerance(1e-8).build().solve(curvature, v, Progress.none());
        assertWithin(1e-6, golden.sTest(2), solution.value(), "s_test 2");
    }

    /** Pixels that are white in every digit have no gradient: their curvature is that of the weight decay alone. */
    @Test
    void thePreconditionerKnowsTheRegularization() {
        INDArray diagonal = curvature().approximateDiagonal(1, 2, 3);
        double l2 = 2 * golden.model.regularizer().coefficient();
        assertEquals(l2, diagonal.minNumber().doubleValue());
        double[] mean = new double[(int) diagonal.length()];
        for (int id = 1; id <= 3; id++) {
            double[] gradient =
                    golden.model.gradient(golden.trainingSet.batch(id)).toDoubleVector();
            for (int i = 0; i < mean.length; i++) {
                mean[i] += gradient[i] * gradient[i] / 3;
            }
        }
        for (int i = 0; i < mean.length; i++) {
            assertEquals(mean[i] + l2, diagonal.getDouble(i), 1e-14);
        }
    }
}
