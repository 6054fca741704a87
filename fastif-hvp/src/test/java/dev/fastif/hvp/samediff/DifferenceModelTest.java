package dev.fastif.hvp.samediff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import dev.fastif.core.CurvatureMatrix;
import dev.fastif.core.Influence;
import dev.fastif.core.InfluenceEngine;
import dev.fastif.core.TestArrays;
import dev.fastif.core.TrainingSet;
import dev.fastif.hvp.ConjugateGradient;
import dev.fastif.hvp.CurvatureMode;
import dev.fastif.knn.ExactIndex;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Central differences: what they give where there are exact rules too, and where there are none. */
class DifferenceModelTest {
    private final PrintStream console = System.out;

    @BeforeEach
    void silence() {
        System.setOut(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
    }

    @AfterEach
    void speakAgain() {
        System.setOut(console);
    }

    private static SameDiffModel differences(SameDiff sd) {
        return SameDiffModel.builder(sd)
                .curvature(CurvatureMode.FINITE_DIFFERENCE)
                .build();
    }

    static Stream<SdGraph> graphs() {
        return Stream.of("tanh", "mean_sqerr_loss", "softmax_cross_entropy_loss", "conv2d", "by hand")
                .map(SdGraphs::find);
    }

    @ParameterizedTest
    @MethodSource("graphs")
    void theyAreNearToExactDerivatives(SdGraph graph) {
        SameDiff sd = graph.build();
        SameDiffModel exact = SameDiffModel.of(sd);
        SameDiffModel model = differences(sd);
        Batch batch = graph.batch();
        INDArray v = Forward.direction(exact, 3);
        requireNear(exact.losses(batch), model.losses(batch));
        requireNear(exact.features(batch), model.features(batch));
        requireNear(exact.gradient(batch), model.gradient(batch));
        requireNear(exact.directionalDerivatives(batch, v), model.directionalDerivatives(batch, v));
        requireNear(exact.hessianVectorProduct(batch, v), model.hessianVectorProduct(batch, v));
        requireNear(exact.hessianVectorProduct(batch, v), model.replicate().hessianVectorProduct(batch, v));
    }

    private static void requireNear(INDArray expected, INDArray actual) {
        TestArrays.assertClose(expected, actual, 1e-6, 1e-3);
    }

    /** A sum over examples, with an operation that has no rule. */
    private static SameDiff withoutRule() {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("x", DataType.DOUBLE, -1, 4);
        SDVariable y = sd.placeHolder("y", DataType.DOUBLE, -1, 3);
        SDVariable h = sd.mmul(x, sd.var("w", TestArrays.normal(3, 4, 3)));
        SDVariable e = sd.math().square(sd.math().atan2(h, sd.math().exp(h)).sub(y));
        sd.setLossVariables(sd.sum(e).name());
        return sd;
    }

    @Test
    void whatTheRefusalOffersWorks() {
        SameDiff sd = withoutRule();
        String message = String.valueOf(assertThrows(IllegalArgumentException.class, () -> SameDiffModel.of(sd))
                .getMessage());
        assertTrue(message.contains("CurvatureMode.FINITE_DIFFERENCE") && message.contains("CurvatureMatrix.HESSIAN"));
        INDArray x = TestArrays.normal(1, 12, 4);
        INDArray y = TestArrays.normal(2, 12, 3);
        Batch all = Batch.of(Map.of("x", x, "y", y));
        SameDiffModel model = differences(sd);
        assertEquals(Forward.loss(sd, all) / 12, model.losses(all).meanNumber().doubleValue(), 1e-12);
        try (InfluenceEngine engine = InfluenceEngine.builder(model, TrainingSet.of(all))
                .curvature(CurvatureMatrix.HESSIAN)
                .inverseHvp(ConjugateGradient.builder().damping(20).build())
                .index(ExactIndex::of)
                .build()) {
            List<Influence> influences = engine.influences(Forward.example(all, 0), 0, 1, 2);
            assertTrue(influences.get(0).value() < 0, "an example helps itself");
        }
    }

    @Test
    void aWrongGradientOfSameDiffsIsNoticed() {
        SdGraph graph = SdGraphs.find("wrong: softmax_cross_entropy_loss, scaled");
        SameDiffModel model = differences(graph.build());
        String message = String.valueOf(assertThrows(IllegalStateException.class, () -> model.gradient(graph.batch()))
                .getMessage());
        assertTrue(message.contains("SameDiff's gradient"), message);
    }

    @Test
    void mixedExamplesAreNoticed() {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("x", DataType.DOUBLE, -1, 4);
        SDVariable h = sd.mmul(x, sd.var("w", TestArrays.normal(3, 4, 3)));
        sd.setLossVariables(
                sd.mean(sd.math().square(h.mul(sd.nn().softmax(h, 0)))).name());
        Batch batch = Batch.of(Map.of("x", TestArrays.normal(1, 3, 4)));
        assertThrows(IllegalArgumentException.class, () -> differences(sd).losses(batch));
    }

    @Test
    void gaussNewtonIsRefusedWithTheWayOut() {
        SdGraph graph = SdGraphs.find("tanh");
        SameDiffModel model = differences(graph.build());
        INDArray v = Forward.direction(model, 1);
        String message = String.valueOf(assertThrows(
                        UnsupportedOperationException.class, () -> model.gaussNewtonProducts(graph.batch(), List.of(v)))
                .getMessage());
        assertTrue(message.contains("CurvatureMatrix.HESSIAN"), message);
    }
}
