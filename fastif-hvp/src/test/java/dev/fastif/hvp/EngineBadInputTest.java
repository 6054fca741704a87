package dev.fastif.hvp;

import static dev.fastif.hvp.Messages.assertMentions;
import static dev.fastif.hvp.Messages.assertRejected;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import dev.fastif.core.Candidates;
import dev.fastif.core.CurvatureMatrix;
import dev.fastif.core.InfluenceEngine;
import dev.fastif.core.InverseHvp;
import dev.fastif.core.Loss;
import dev.fastif.core.Measurement;
import dev.fastif.core.Query;
import dev.fastif.core.SolveFailedException;
import dev.fastif.core.TrainingSet;
import dev.fastif.hvp.autodiff.Graph;
import dev.fastif.hvp.autodiff.GraphModel;
import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.operations.Layers;
import dev.fastif.knn.ExactIndex;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The real parts together, asked the wrong thing: each answer names what is wrong and what to do. */
class EngineBadInputTest {
    private static final int N = 30;
    private static final int D = 4;
    private static final Batch DATA = data(1, N);
    private static final GraphModel MODEL = model();
    private static final InverseHvp CG = ConjugateGradient.builder().damping(5).build();

    private static Batch data(long seed, int n) {
        INDArray x = Nd4j.createFromArray(Systems.normal(seed, n * D)).reshape(n, D);
        int[] labels = IntStream.range(0, n).map(i -> i % 3).toArray();
        return Batch.of(x.castTo(DataType.FLOAT), Nd4j.createFromArray(labels));
    }

    /** A perceptron with one hidden layer, whose hidden units are the features. */
    private static GraphModel model() {
        Graph.Builder g = Graph.builder(DataType.FLOAT);
        Node hidden = Layers.tanh(Layers.linear(
                g.input(Batch.FEATURES), g.trainable("w1", random(2, D, 5)), g.trainable("b1", random(3, 5))));
        Node logits = Layers.linear(hidden, g.trainable("w2", random(4, 5, 3)), g.trainable("b2", random(5, 3)));
        return GraphModel.builder(g.build(), logits, Loss.softmaxCrossEntropy())
                .features(hidden)
                .build();
    }

    private static INDArray random(long seed, int... shape) {
        int length = IntStream.of(shape).reduce(1, (a, b) -> a * b);
        INDArray flat = Nd4j.createFromArray(Systems.normal(seed, length));
        return shape.length == 1 ? flat : flat.reshape(shape[0], shape[1]);
    }

    private static InfluenceEngine engine(InverseHvp solver) {
        return InfluenceEngine.builder(MODEL, TrainingSet.of(DATA))
                .curvature(CurvatureMatrix.HESSIAN)
                .index(ExactIndex::of)
                .inverseHvp(solver)
                .candidates(10)
                .build();
    }

    @Test
    void aProperQuestionIsAnswered() {
        try (InfluenceEngine engine = engine(CG)) {
            assertEquals(10, engine.topK(data(6, 1)).scored().size());
            assertTrue(engine.topK(data(6, 1), 10).solve().relativeResidual() < 1e-3);
        }
    }

    @Test
    void testPointsOfAnotherShape() {
        try (InfluenceEngine engine = engine(CG)) {
            Batch point = data(6, 1);
            Batch wide = point.with(Batch.FEATURES, Nd4j.zeros(DataType.FLOAT, 1, D + 1));
            assertRejected(() -> engine.topK(wide), "[1, 5]", "'w1'", "rows of 4", "does the batch fit the model?");
            Batch flat = point.with(Batch.FEATURES, Nd4j.zeros(DataType.FLOAT, 1));
            assertRejected(() -> engine.topK(flat), "[1]", "'w1'", "rows of 4");
            Batch other = Batch.of(Map.of("pixels", Nd4j.zeros(DataType.FLOAT, 1, D)));
            assertRejected(() -> engine.topK(other), "no array 'features'", "[pixels]");
            Batch label = point.with(Batch.LABELS, Nd4j.createFromArray(3));
            assertRejected(() -> engine.topK(label), "label", "3.0", "0 to 2");
            Batch labels = point.with(Batch.LABELS, Nd4j.zeros(DataType.FLOAT, 1, 7));
            assertRejected(() -> engine.topK(labels), "[1, 7]", "[1, 3]");
            assertRejected(
                    () -> engine.explain(Query.of(point).withMeasurement(Measurement.margin(3))),
                    "index is 3",
                    "0 to 2");
        }
    }

    @Test
    void numbersThatAreNotFinite() {
        Batch nan = data(6, 1).with(Batch.FEATURES, Nd4j.valueArrayOf(1, D, Float.NaN));
        try (InfluenceEngine engine = engine(CG)) {
            assertRejected(() -> engine.topK(nan), "the features of the test point", "non-finite");
            assertRejected(
                    () -> engine.explain(Query.of(nan).withCandidates(Candidates.all(3))),
                    "the gradient at the test point",
                    "non-finite");
        }
        INDArray x = DATA.get(Batch.FEATURES).dup().putScalar(7, 1, Float.POSITIVE_INFINITY);
        x.putScalar(7, 0, Float.NaN);
        TrainingSet bad = TrainingSet.of(DATA.with(Batch.FEATURES, x));
        InfluenceEngine.Builder builder = InfluenceEngine.builder(MODEL, bad).index(ExactIndex::of);
        assertRejected(() -> builder.inverseHvp(CG).build(), "the features of the training set", "5 non-finite");
        GraphModel broken = model();
        broken.setParameterValues(broken.parameterValues().putScalar(3, Float.NaN));
        assertRejected(
                () -> InfluenceEngine.builder(broken, TrainingSet.of(DATA)),
                "the parameters of the model",
                "1 non-finite",
                "among 43");
    }

    @Test
    void solversThatCannotWork() {
        Batch point = data(6, 1);
        try (InfluenceEngine engine = engine(Lissa.builder().batchSize(N + 1).build())) {
            assertRejected(() -> engine.topK(point), "batchSize is 31", "30 examples", "at most");
        }
        try (InfluenceEngine engine =
                engine(Lissa.builder().damping(0).scale(1e-3).build())) {
            assertMentions(SolveFailedException.class, () -> engine.topK(point), "LiSSA diverged", "raise scale");
        }
        try (InfluenceEngine engine =
                engine(ConjugateGradient.builder().examples(N + 1).build())) {
            assertRejected(() -> engine.topK(point), "examples is 31", "training set has 30");
        }
        try (InfluenceEngine engine =
                engine(ConjugateGradient.builder().damping(1e-3).build())) {
            // a network at random parameters, far from a minimum, has directions of negative curvature
            assertMentions(SolveFailedException.class, () -> engine.topK(point), "negative curvature", "Raise damping");
        }
    }

    @Test
    void trainingExamplesThatDoNotFitAreFoundWhenTheEngineIsBuilt() {
        TrainingSet wide = TrainingSet.of(DATA.with(Batch.FEATURES, Nd4j.zeros(DataType.FLOAT, N, D + 2)));
        InfluenceEngine.Builder builder =
                InfluenceEngine.builder(MODEL, wide).index(ExactIndex::of).inverseHvp(CG);
        assertRejected(builder::build, "6]", "'w1'", "rows of 4");
        for (int candidates : List.of(0, N + 1)) {
            assertRejected(() -> builder.candidates(candidates), "candidates is " + candidates);
        }
    }
}
