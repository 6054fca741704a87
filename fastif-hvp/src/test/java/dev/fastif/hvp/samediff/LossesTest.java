package dev.fastif.hvp.samediff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import dev.fastif.core.TestArrays;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.autodiff.loss.LossReduce;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.loss.SoftmaxCrossEntropyWithLogitsLoss;
import org.nd4j.linalg.factory.Nd4j;

/** Every loss operation x reduction x weights, and x types and shapes of labels: what SameDiff's forward pass gives, or an error. */
class LossesTest {
    /** Not the number of classes: SameDiff takes weights [1, 3] of three examples for weights of theirs. */
    private static final int N = 4;

    private static final INDArray X = TestArrays.normal(1, N, 4);

    private static final INDArray CLASSES =
            Nd4j.createFromArray(new double[][] {{0, 0, 1}, {1, 0, 0}, {0, 1, 0}, {1, 0, 0}});

    private final PrintStream console = System.out;

    @BeforeEach
    void silence() {
        System.setOut(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
    }

    @AfterEach
    void speakAgain() {
        System.setOut(console);
    }

    interface Loss {
        SDVariable of(
                SameDiff sd, SDVariable labels, SDVariable logits, @Nullable SDVariable weights, LossReduce reduce);
    }

    private static Loss require(Map<String, Loss> losses, String name) {
        return Objects.requireNonNull(losses.get(name));
    }

    static Map<String, Loss> reducible() {
        Map<String, Loss> losses = new LinkedHashMap<>();
        losses.put("absolute_difference_loss", (sd, y, p, w, r) -> sd.loss().absoluteDifference(y, p, w, r));
        losses.put("cosine_distance_loss", (sd, y, p, w, r) -> sd.loss().cosineDistance(y, p, w, r, 1));
        losses.put("hinge_loss", (sd, y, p, w, r) -> sd.loss().hingeLoss(y, p, w, r));
        losses.put("huber_loss", (sd, y, p, w, r) -> sd.loss().huberLoss(y, p, w, r, 0.5));
        losses.put("log_loss", (sd, y, p, w, r) -> sd.loss().logLoss(y, sd.nn().sigmoid(p), w, r, 1e-7));
        losses.put("log_poisson_loss", (sd, y, p, w, r) -> sd.loss().logPoisson(y, p, w, r, false));
        losses.put("mean_sqerr_loss", (sd, y, p, w, r) -> sd.loss().meanSquaredError(y, p, w, r));
        losses.put("sigm_cross_entropy_loss", (sd, y, p, w, r) -> sd.loss().sigmoidCrossEntropy(y, p, w, r, 0));
        losses.put("sigm_cross_entropy_loss, smoothed", (sd, y, p, w, r) -> sd.loss()
                .sigmoidCrossEntropy(y, p, w, r, 0.2));
        losses.put("softmax_cross_entropy_loss", (sd, y, p, w, r) -> sd.loss().softmaxCrossEntropy(y, p, w, r, 0));
        losses.put("softmax_cross_entropy_loss, smoothed", (sd, y, p, w, r) -> sd.loss()
                .softmaxCrossEntropy(y, p, w, r, 0.2));
        return losses;
    }

    /** Those that have no reduction: SameDiff trains the sum. */
    static Map<String, Loss> unreduced() {
        Map<String, Loss> losses = new LinkedHashMap<>();
        losses.put(
                "softmax_cross_entropy_loss_with_logits",
                (sd, y, p, w, r) -> new SoftmaxCrossEntropyWithLogitsLoss(sd, p, y, 1).outputVariable());
        losses.put("l2_loss", (sd, y, p, w, r) -> sd.loss().l2Loss(p.sub(y)));
        losses.put("sparse_softmax_cross_entropy_loss_with_logits", (sd, y, p, w, r) -> sd.loss()
                .sparseSoftmaxCrossEntropy(p, sd.argmax(y, 1)));
        return losses;
    }

    static Map<String, Loss> all() {
        Map<String, Loss> losses = reducible();
        losses.putAll(unreduced());
        return losses;
    }

    @Test
    void everyLossIsHere() {
        Set<String> missing = new TreeSet<>(LossRules.supported());
        all().keySet().forEach(name -> missing.remove(name.replaceAll(",.*", "")));
        assertEquals(Set.of(), missing, "give each loss operation a case");
    }

    /** Weights: none, the same for all examples, or of a placeholder. */
    record Weighting(
            String name,
            @Nullable INDArray constant,
            @Nullable INDArray given) {
        static Weighting constant(String name, double... row) {
            INDArray value = Nd4j.createFromArray(new double[][] {row});
            return new Weighting(name, row.length == 1 ? Nd4j.scalar(row[0]) : value, null);
        }

        static Weighting given(String name, double[]... rows) {
            return new Weighting(name, null, Nd4j.createFromArray(rows));
        }

        static List<Weighting> all() {
            return List.of(
                    new Weighting("none", null, null),
                    constant("a number", 0.7),
                    constant("zero", 0),
                    constant("of outputs", 0.5, 2, 0.3),
                    constant("of outputs, one of them zero", 0.5, 0, 0.3),
                    given("of examples", new double[][] {{0.5}, {2}, {0.3}, {1}}),
                    given("of examples, one of them zero", new double[][] {{0.5}, {0}, {0.3}, {1}}),
                    given("of elements", new double[][] {{0.5, 2, 0.3}, {1, 4, 0.2}, {0.1, 0.6, 3}, {1, 0.5, 2}}),
                    given(
                            "of elements, one of them zero",
                            new double[][] {{0.5, 2, 0}, {1, 4, 0.2}, {0.1, 0.6, 3}, {1, 0.5, 2}}));
        }

        @Nullable
        SDVariable variable(SameDiff sd) {
            if (constant != null) {
                return sd.constant("weights", constant);
            }
            return given == null ? null : sd.placeHolder("weights", DataType.DOUBLE, -1, given.size(1));
        }

        boolean isRefused(LossReduce reduce) {
            boolean zeros = given != null && given.minNumber().doubleValue() == 0;
            return (given != null && reduce == LossReduce.MEAN_BY_WEIGHT)
                    || (zeros && reduce == LossReduce.MEAN_BY_NONZERO_WEIGHT_COUNT);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    record Case(String name, LossReduce reduce, Weighting weighting) {
        SameDiff build() {
            SameDiff sd = SameDiff.create();
            sd.setEnableCache(false);
            SDVariable logits = logits(sd);
            SDVariable labels = sd.placeHolder("y", DataType.DOUBLE, -1, 3);
            SDVariable loss = require(reducible(), name).of(sd, labels, logits, weighting.variable(sd), reduce);
            sd.setLossVariables(loss.name());
            return sd;
        }

        Batch batch() {
            Batch batch = Batch.of(Map.of("x", X, "y", CLASSES));
            INDArray given = weighting.given();
            return given == null ? batch : batch.with("weights", given);
        }

        /** Weights of elements, where each example has a single loss: SameDiff has a value for them, but no gradient. */
        boolean isUntrainable() {
            return name.startsWith("cosine")
                    && (weighting.name().startsWith("of outputs")
                            || weighting.name().startsWith("of elements"));
        }

        boolean isSum() {
            return reduce == LossReduce.NONE || reduce == LossReduce.SUM;
        }
    }

    private static SDVariable logits(SameDiff sd) {
        SDVariable x = sd.placeHolder("x", DataType.DOUBLE, -1, 4);
        return sd.mmul(
                sd.math().tanh(sd.mmul(x, sd.var("w", TestArrays.normal(2, 4, 4)))),
                sd.var("u", TestArrays.normal(3, 4, 3)));
    }

    static Stream<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (String name : reducible().keySet()) {
            for (LossReduce reduce : LossReduce.values()) {
                for (Weighting weighting : Weighting.all()) {
                    cases.add(new Case(name, reduce, weighting));
                }
            }
        }
        return cases.stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aLossIsWhatSameDiffsForwardPassGives(Case each) {
        SameDiff sd = each.build();
        double expected;
        try {
            expected = Forward.loss(sd, each.batch());
        } catch (RuntimeException e) {
            // what SameDiff refuses is refused
            assertThrows(
                    IllegalArgumentException.class, () -> SameDiffModel.of(sd).losses(each.batch()));
            return;
        }
        assertTrue(Double.isFinite(expected));
        if (each.isUntrainable()) {
            assertThrows(
                    IllegalArgumentException.class, () -> SameDiffModel.of(sd).losses(each.batch()));
            return;
        }
        if (each.weighting().isRefused(each.reduce())) {
            String message = String.valueOf(assertThrows(IllegalArgumentException.class, () -> SameDiffModel.of(sd)
                            .losses(each.batch()))
                    .getMessage());
            assertTrue(message.contains("weight") && message.contains("LossReduce.SUM"), message);
            return;
        }
        Forward.requireSame(sd, SameDiffModel.of(sd), each.batch(), each.isSum(), 1e-9);
    }

    @ParameterizedTest
    @EnumSource(LossReduce.class)
    void weightsOfExamplesMayBeAVector(LossReduce reduce) {
        SameDiff sd = SameDiff.create();
        sd.setEnableCache(false);
        SDVariable logits = logits(sd);
        SDVariable weights = sd.placeHolder("weights", DataType.DOUBLE, -1);
        SDVariable loss =
                sd.loss().softmaxCrossEntropy(sd.placeHolder("y", DataType.DOUBLE, -1, 3), logits, weights, reduce, 0);
        sd.setLossVariables(loss.name());
        Batch batch = Batch.of(Map.of("x", X, "y", CLASSES, "weights", Nd4j.createFromArray(0.5, 2, 0.3, 1)));
        switch (reduce) {
            case MEAN_BY_WEIGHT -> assertThrows(IllegalArgumentException.class, () -> SameDiffModel.of(sd));
            case NONE -> assertThrows(RuntimeException.class, () -> Forward.loss(sd, batch));
            default -> Forward.requireSame(sd, SameDiffModel.of(sd), batch, reduce == LossReduce.SUM, 1e-9);
        }
    }

    record ShapeCase(String name, LossReduce reduce, String shape) {
        boolean isVector() {
            return shape.equals("[n]");
        }
    }

    static Stream<ShapeCase> shapes() {
        List<ShapeCase> cases = new ArrayList<>();
        for (String name : reducible().keySet()) {
            for (LossReduce reduce : LossReduce.values()) {
                for (String shape : List.of("[n]", "[n, 2, 3]", "[n, 2, 3], weighed")) {
                    cases.add(new ShapeCase(name, reduce, shape));
                }
            }
        }
        return cases.stream();
    }

    /** Losses of numbers and of sequences, which have weights for each step. */
    @ParameterizedTest
    @MethodSource("shapes")
    void labelsMayHaveFewerOrMoreDimensions(ShapeCase each) {
        SameDiff sd = SameDiff.create();
        sd.setEnableCache(false);
        long[] shape = each.isVector() ? new long[] {-1} : new long[] {-1, 2, 3};
        SDVariable y = sd.placeHolder("y", DataType.DOUBLE, shape);
        SDVariable x = sd.placeHolder("x", DataType.DOUBLE, -1, 4);
        SDVariable z = sd.math().tanh(sd.mmul(x, sd.var("w", TestArrays.normal(3, 4, each.isVector() ? 1 : 6))));
        INDArray labels = Nd4j.rand(DataType.DOUBLE, each.isVector() ? new long[] {N} : new long[] {N, 2, 3});
        Batch batch = Batch.of(Map.of("x", X, "y", labels));
        SDVariable weights = null;
        if (each.shape().endsWith("weighed")) {
            boolean ofSteps = each.name().startsWith("softmax");
            boolean ofOutputs = each.name().startsWith("cosine");
            long[] size = ofSteps ? new long[] {-1, 2} : ofOutputs ? new long[] {-1, 1, 3} : new long[] {-1, 2, 1};
            weights = sd.placeHolder("weights", DataType.DOUBLE, size);
            size[0] = N;
            batch = batch.with("weights", Nd4j.rand(DataType.DOUBLE, size).addi(0.1));
        }
        SDVariable loss = require(reducible(), each.name()).of(sd, y, sd.reshape(z, shape), weights, each.reduce());
        sd.setLossVariables(loss.name());
        boolean isSum = each.reduce() == LossReduce.NONE || each.reduce() == LossReduce.SUM;
        Batch given = batch;
        try {
            Forward.loss(sd, given);
        } catch (RuntimeException e) {
            assertThrows(RuntimeException.class, () -> SameDiffModel.of(sd).losses(given));
            return;
        }
        boolean isRefused = (weights != null && each.reduce() == LossReduce.MEAN_BY_WEIGHT)
                || (each.isVector() && each.name().startsWith("softmax"))
                || (each.shape().startsWith("[n, 2") && each.name().equals("softmax_cross_entropy_loss, smoothed"));
        if (isRefused) {
            assertThrows(
                    IllegalArgumentException.class, () -> SameDiffModel.of(sd).losses(given));
        } else {
            Forward.requireSame(sd, SameDiffModel.of(sd), given, isSum, 1e-9);
        }
    }

    static Stream<String> unreducedNames() {
        return unreduced().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("unreducedNames")
    void anUnreducedLossIsSummed(String name) {
        SameDiff sd = unweighted(name);
        Forward.requireSame(sd, SameDiffModel.of(sd), Batch.of(Map.of("x", X, "y", CLASSES)), true, 1e-9);
    }

    record LabelCase(String name, DataType type) {}

    static Stream<LabelCase> labelTypes() {
        List<LabelCase> cases = new ArrayList<>();
        for (String name : all().keySet()) {
            for (DataType type : List.of(
                    DataType.FLOAT,
                    DataType.FLOAT16,
                    DataType.INT8,
                    DataType.INT16,
                    DataType.INT32,
                    DataType.INT64,
                    DataType.UINT8,
                    DataType.BOOL)) {
                cases.add(new LabelCase(name, type));
            }
        }
        return cases.stream();
    }

    private static SameDiff unweighted(String name) {
        SameDiff sd = SameDiff.create();
        sd.setEnableCache(false);
        SDVariable logits = logits(sd);
        SDVariable y = sd.placeHolder("y", DataType.DOUBLE, -1, 3);
        SDVariable loss = require(all(), name).of(sd, y, logits, null, LossReduce.MEAN_BY_NONZERO_WEIGHT_COUNT);
        sd.setLossVariables(loss.name());
        return sd;
    }

    /** SameDiff brings arrays to the type of their placeholder. */
    @ParameterizedTest
    @MethodSource("labelTypes")
    void labelsOfAnyTypeAreNumbers(LabelCase each) {
        SameDiff sd = unweighted(each.name());
        Batch batch = Batch.of(Map.of("x", X, "y", CLASSES));
        Batch typed = batch.with("y", CLASSES.castTo(each.type()));
        assertEquals(Forward.loss(sd, batch), Forward.loss(sd, typed), 1e-12);
        SameDiffModel model = SameDiffModel.of(sd);
        assertEquals(model.losses(batch), model.losses(typed));
        assertEquals(model.gradient(batch), model.gradient(typed));
    }

    static Stream<String> names() {
        return all().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("names")
    void labelsOfAnotherShapeAreRefused(String name) {
        SameDiffModel model = SameDiffModel.of(unweighted(name));
        for (INDArray labels : List.of(
                Nd4j.rand(DataType.DOUBLE, N),
                Nd4j.rand(DataType.DOUBLE, N, 1),
                Nd4j.rand(DataType.DOUBLE, N, 4),
                Nd4j.rand(DataType.DOUBLE, N, 3, 1))) {
            Batch batch = Batch.of(Map.of("x", X, "y", labels));
            String message = String.valueOf(assertThrows(IllegalArgumentException.class, () -> model.losses(batch))
                    .getMessage());
            assertTrue(message.contains("shape"), message);
        }
    }

    /** Where the placeholder does not say how wide labels are, the operation does. */
    @ParameterizedTest
    @MethodSource("names")
    void labelsOfAnotherWidthAreRefusedByTheOperation(String name) {
        if (name.equals("l2_loss") || name.startsWith("sparse")) {
            return; // labels of this test are not the operation's own
        }
        SameDiff sd = SameDiff.create();
        SDVariable logits = logits(sd);
        SDVariable y = sd.placeHolder("y", DataType.DOUBLE, -1, -1);
        SDVariable loss = require(all(), name).of(sd, y, logits, null, LossReduce.SUM);
        sd.setLossVariables(loss.name());
        SameDiffModel model = SameDiffModel.of(sd);
        Batch batch = Batch.of(Map.of("x", X, "y", Nd4j.rand(DataType.DOUBLE, N, 1)));
        String message = String.valueOf(assertThrows(IllegalArgumentException.class, () -> model.losses(batch))
                .getMessage());
        assertTrue(message.contains("labels have shape [4, 1]"), message);
    }
}
