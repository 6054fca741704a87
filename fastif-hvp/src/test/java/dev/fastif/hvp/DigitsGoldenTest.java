package dev.fastif.hvp;

import static dev.fastif.golden.RelativeError.assertWithin;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import dev.fastif.core.Influence;
import dev.fastif.core.InfluenceEngine;
import dev.fastif.core.TrainingSet;
import dev.fastif.golden.GoldenSet;
import dev.fastif.hvp.autodiff.GraphModel;
import dev.fastif.knn.ExactIndex;
import java.util.stream.IntStream;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.ArrayRealVector;
import org.apache.commons.math3.linear.CholeskyDecomposition;
import org.apache.commons.math3.linear.DecompositionSolver;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.stat.correlation.PearsonsCorrelation;
import org.apache.commons.math3.stat.correlation.SpearmansCorrelation;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Softmax regression on real digits against the truth, which is known here: models retrained without one training example,
 * and without half of them. The bundled golden set 'digits', or with {@code -Dfastif.golden=DIR} another of its form.
 */
class DigitsGoldenTest {
    private static final double EXACT = 1e-6;

    /** What first-order influence reaches on retrained models, unless the oracle's own falls short of it. */
    private static final double LEAVE_ONE_OUT_PEARSON = 0.9998;

    private static final double LINEAR_DATAMODELING_SCORE = 0.99;

    /** How far a correlation may lie below the oracle's, which comes of the same numbers but for rounding. */
    private static final double ROUNDING = 1e-6;

    private static GoldenDigits golden;
    private static GoldenSet set;
    private static GraphModel model;
    private static TrainingSet trainingSet;
    private static Batch tests;
    private static double damping;

    /** s_test of each test point, [tests, p], and the influences that follow, [tests, N]. */
    private static INDArray sTests;

    private static INDArray influences;

    @BeforeAll
    static void load() {
        golden = new GoldenDigits();
        set = golden.set;
        model = golden.model;
        trainingSet = golden.trainingSet;
        tests = golden.tests;
        damping = golden.damping();
        sTests = Nd4j.vstack(IntStream.range(0, tests.size())
                .mapToObj(DigitsGoldenTest::test)
                .map(model::gradient)
                .toArray(INDArray[]::new));
        solveInPlace(sTests);
        influences = influences(sTests);
    }

    @Test
    void sizesAreThoseOfTheManifest() {
        assertEquals(set.manifest().get("n_train").intValue(), trainingSet.size());
        assertEquals(set.manifest().get("n_test").intValue(), tests.size());
    }

    @Test
    void hessianReachesEverySTest() {
        for (int i = 0; i < set.array("s_test").size(0); i++) {
            assertWithin(EXACT, golden.sTest(i), sTests.getRow(i), "s_test " + i);
        }
    }

    @Test
    void influencesAreTheOracles() {
        INDArray expected = set.array("influences");
        for (int i = 0; i < tests.size(); i++) {
            assertWithin(EXACT, expected.getRow(i), influences.getRow(i), "the influences on test point " + i);
        }
    }

    @Test
    void engineWithConjugateGradientFindsTheSame() {
        ConjugateGradient solver = ConjugateGradient.builder()
                .damping(damping)
                .tolerance(1e-8)
                .maxIterations(1000)
                .build();
        int[] ids = IntStream.range(0, trainingSet.size()).toArray();
        try (InfluenceEngine engine = InfluenceEngine.builder(model, trainingSet)
                .index(ExactIndex::of)
                .inverseHvp(solver)
                .build()) {
            INDArray found = Nd4j.createFromArray(engine.influences(test(0), ids).stream()
                    .mapToDouble(Influence::value)
                    .toArray());
            assertWithin(EXACT, set.array("influences").getRow(0), found, "the engine's influences");
        }
    }

    /** {@code -I(z) / N} is how the test loss changes when the model is retrained without z. */
    @Test
    void influencePredictsLeavingOneOut() {
        int[] removed = set.ints("loo_removed");
        double[] predicted = changesIfRemoved(influences)
                .getColumns(removed)
                .transpose()
                .ravel()
                .toDoubleVector();
        double[] actual = set.array("loo_loss_change").ravel().toDoubleVector();
        double oracle = set.manifest().path("oracle_pearson_loo").asDouble(1);
        double bound = Math.min(LEAVE_ONE_OUT_PEARSON, oracle - ROUNDING);
        double pearson = new PearsonsCorrelation().correlation(predicted, actual);
        assertTrue(pearson >= bound, () -> "Pearson correlation is " + pearson + ", below " + bound);
    }

    @Test
    void influencePredictsTrainingOnHalfTheData() {
        double oracle = set.manifest().path("oracle_lds").asDouble(1);
        double bound = Math.min(LINEAR_DATAMODELING_SCORE, oracle - ROUNDING);
        double score = linearDatamodelingScore(influences);
        assertTrue(score >= bound, () -> "linear datamodeling score is " + score + ", below " + bound);
    }

    /** The curvature matters: without it, the score falls to what the oracle's gradients reach. */
    @Test
    void gradientDotProductPredictsWorse() {
        double expected = set.manifest().get("gradient_dot_lds").doubleValue();
        INDArray gradients = Nd4j.vstack(IntStream.range(0, tests.size())
                .mapToObj(i -> model.gradient(test(i)))
                .toArray(INDArray[]::new));
        assertEquals(expected, linearDatamodelingScore(influences(gradients)), 0.02);
    }

    /**
     * The mean over test points of the rank correlation, over the subsets trained on, between the loss after retraining and
     * its prediction: the sum of the changes that leaving out each of the others makes.
     */
    private static double linearDatamodelingScore(INDArray influences) {
        INDArray removed = set.array("lds_masks").rsub(1); // [subsets, N]
        INDArray predicted = changesIfRemoved(influences).mmul(removed.transpose());
        INDArray actual = set.array("lds_losses").transpose();
        SpearmansCorrelation spearman = new SpearmansCorrelation();
        return IntStream.range(0, tests.size())
                .mapToDouble(i -> spearman.correlation(
                        predicted.getRow(i).toDoubleVector(), actual.getRow(i).toDoubleVector()))
                .average()
                .orElseThrow();
    }

    private static INDArray changesIfRemoved(INDArray influences) {
        return influences.div(-trainingSet.size());
    }

    /** {@code -s . grad loss} of every training example for each row s, [rows, N]. */
    private static INDArray influences(INDArray directions) {
        Batch all = golden.digits("train");
        return Nd4j.vstack(IntStream.range(0, (int) directions.size(0))
                .mapToObj(i ->
                        model.directionalDerivatives(all, directions.getRow(i)).neg())
                .toArray(INDArray[]::new));
    }

    /** Replaces each row v by {@code (H + lambda I)^-1 v}, H formed column by column from our products. */
    private static void solveInPlace(INDArray vectors) {
        int p = (int) model.parameters().size();
        Batch all = golden.digits("train");
        RealMatrix matrix = new Array2DRowRealMatrix(p, p);
        for (int i = 0; i < p; i++) {
            INDArray unit = Nd4j.create(DataType.DOUBLE, p).putScalar(i, 1);
            INDArray column = model.hessianVectorProduct(all, unit);
            model.regularizer().addHessianProduct(model.parameters(), unit, column);
            matrix.setColumn(i, column.toDoubleVector());
            matrix.addToEntry(i, i, damping);
        }
        DecompositionSolver solver = new CholeskyDecomposition(matrix, 1e-10, 1e-10).getSolver();
        for (int i = 0; i < vectors.size(0); i++) {
            double[] v = vectors.getRow(i).toDoubleVector();
            vectors.putRow(
                    i,
                    Nd4j.createFromArray(
                            solver.solve(new ArrayRealVector(v, false)).toArray()));
        }
    }

    private static Batch test(int i) {
        return golden.test(i);
    }
}
