package dev.fastif.hvp.samediff;

import static dev.fastif.core.TestArrays.normal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import dev.fastif.core.ParameterLayout;
import dev.fastif.core.TestArrays;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;

/**
 * Every SameDiff operation that is supported, in a graph of its own: losses against SameDiff's forward pass, derivatives
 * against central differences of it, and the gradient against SameDiff's own where that is known to be right.
 */
class SameDiffModelTest {
    private static final double STEP = 1e-5;

    private final PrintStream console = System.out;

    // SameDiff prints a line for every operation that it differentiates
    @BeforeEach
    void silence() {
        System.setOut(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
    }

    @AfterEach
    void speakAgain() {
        System.setOut(console);
    }

    static List<SdGraph> graphs() {
        return SdGraphs.all();
    }

    @Test
    void everySupportedOperationHasItsGraph() {
        Set<String> supported = new TreeSet<>(SupportedOps.all());
        supported.removeAll(LossRules.supported()); // which have theirs in LossesTest
        Set<String> covered = new TreeSet<>();
        for (SdGraph graph : graphs()) {
            for (SameDiffOp op : graph.build().getOps().values()) {
                covered.add(op.getOp().opName());
            }
        }
        supported.removeAll(covered);
        assertEquals(Set.of(), supported, "give each operation a graph in SdGraphs");
    }

    @ParameterizedTest
    @MethodSource("graphs")
    void lossIsSameDiffs(SdGraph graph) {
        SameDiff sd = graph.build();
        INDArray losses = SameDiffModel.of(sd).losses(graph.batch());
        assertEquals(3, losses.length());
        double expected = loss(sd, graph.batch());
        assertEquals(expected, losses.meanNumber().doubleValue(), graph.tolerance() * Math.max(1, Math.abs(expected)));
    }

    @ParameterizedTest
    @MethodSource("graphs")
    void gradientIsTheSlopeOfSameDiffsForwardPass(SdGraph graph) {
        SameDiff sd = graph.build();
        SameDiffModel model = SameDiffModel.of(sd);
        INDArray v = direction(model, 1);
        double slope =
                (loss(moved(graph, model, v, STEP), graph.batch()) - loss(moved(graph, model, v, -STEP), graph.batch()))
                        / (2 * STEP);
        INDArray gradient = model.gradient(graph.batch());
        double scale = gradient.norm2Number().doubleValue() * v.norm2Number().doubleValue();
        assertTrue(scale > 0);
        assertEquals(slope, gradient.mul(v).sumNumber().doubleValue(), Math.max(1e-6, graph.tolerance()) * scale);
        INDArray derivatives = model.directionalDerivatives(graph.batch(), v);
        assertEquals(
                gradient.mul(v).sumNumber().doubleValue(),
                derivatives.meanNumber().doubleValue(),
                1e-10 * scale);
    }

    @ParameterizedTest
    @MethodSource("graphs")
    void gradientIsSameDiffsOwn(SdGraph graph) {
        if (graph.gradientIsWrong()) {
            return;
        }
        SameDiff sd = graph.build();
        SameDiffModel model = SameDiffModel.of(sd);
        ParameterLayout layout = model.parameters();
        Map<String, INDArray> parts =
                sd.calculateGradients(arrays(graph.batch()), layout.names().toArray(new String[0]));
        INDArray flat = Nd4j.create(DataType.DOUBLE, layout.size());
        parts.forEach((name, part) -> layout.view(flat, name).assign(part));
        assertClose(flat, model.gradient(graph.batch()), Math.max(1e-8, graph.tolerance()));
    }

    @ParameterizedTest
    @MethodSource("graphs")
    void hessianVectorProductIsTheSlopeOfTheGradient(SdGraph graph) {
        SameDiffModel model = SameDiffModel.of(graph.build());
        INDArray v = direction(model, 2);
        Function<Double, INDArray> gradient =
                step -> SameDiffModel.of(moved(graph, model, v, step)).gradient(graph.batch());
        INDArray slope = gradient.apply(STEP).sub(gradient.apply(-STEP)).divi(2 * STEP);
        assertClose(slope, model.hessianVectorProduct(graph.batch(), v), 1e-6);
        INDArray gaussNewton =
                model.gaussNewtonProducts(graph.batch(), List.of(v)).get(0);
        assertFalse(Double.isNaN(gaussNewton.sumNumber().doubleValue()));
    }

    private static SameDiff moved(SdGraph graph, SameDiffModel model, INDArray v, double by) {
        SameDiff sd = graph.build();
        model.parameters().names().forEach(name -> sd.getVariable(name)
                .getArr()
                .addi(model.parameters().view(v, name).mul(by)));
        return sd;
    }

    private static double loss(SameDiff sd, Batch batch) {
        String name = sd.getLossVariables().get(0);
        return Objects.requireNonNull(sd.output(arrays(batch), name).get(name)).getDouble(0);
    }

    private static Map<String, INDArray> arrays(Batch batch) {
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        batch.names().forEach(name -> arrays.put(name, batch.get(name)));
        return arrays;
    }

    private static INDArray direction(SameDiffModel model, long seed) {
        return normal(seed, model.parameters().size());
    }

    private static void assertClose(INDArray expected, INDArray actual, double tolerance) {
        TestArrays.assertClose(expected, actual, tolerance, 1e-3);
    }

    /** Of scores that are all 1e9 below 0 rounding leaves nothing that has a slope. */
    @Test
    void attentionOfAnExampleToNothingIsRefused() {
        for (SdGraph graph : graphs().stream()
                .filter(each -> each.name().endsWith("attention, masked"))
                .toList()) {
            SameDiffModel model = SameDiffModel.of(graph.build());
            Batch batch = graph.batch().with("mask", Nd4j.createFromArray(new double[][] {{1, 0}, {0, 0}, {0, 1}}));
            String message = String.valueOf(assertThrows(IllegalArgumentException.class, () -> model.losses(batch))
                    .getMessage());
            assertTrue(message.contains("dot_product_attention under a mask without a 1 in example 1"), message);
        }
    }

    @Test
    void allOperationsAndOptionsWithoutARuleAreNamed() {
        SameDiff sd = SameDiff.create();
        var x = sd.placeHolder("x", DataType.DOUBLE, -1, 4);
        var w = sd.var("w", normal(1, 4, 4));
        var y = sd.math().floorMod("modulo", sd.math().clipByNorm("clipped", sd.mmul(x, w), 3), w);
        sd.mean("loss", sd.math().pow("power", sd.reshape("turned", y, sd.shape(y)), w));
        sd.setLossVariables("loss");
        String message = String.valueOf(assertThrows(IllegalArgumentException.class, () -> SameDiffModel.of(sd))
                .getMessage());
        for (String part : List.of(
                "floormod, which has no rule ('modulo')",
                "clipbynorm, which has no rule ('clipped')",
                "Pow with an exponent that is no constant number ('power')",
                "('turned')",
                "FINITE_DIFFERENCE")) {
            assertTrue(message.contains(part), message);
        }
    }

    /** Kept dimensions that are counted from the end make SameDiff read beside its numbers. */
    @Test
    void keptDimensionsFromTheEndAreRefused() {
        for (int[] axes : new int[][] {{-1}, {-2}, {2, 1}}) {
            SameDiff sd = SameDiff.create();
            var x = sd.placeHolder("x", DataType.DOUBLE, -1, 4);
            var h = sd.reshape(sd.mmul(x, sd.var("w", normal(1, 4, 12))), -1, 4, 3);
            sd.mean("loss", h.mul(sd.sum(h, true, axes)));
            sd.setLossVariables("loss");
            Batch batch = Batch.of(Map.of("x", normal(2, 2, 4)));
            String message = String.valueOf(assertThrows(IllegalArgumentException.class, () -> SameDiffModel.of(sd)
                            .losses(batch))
                    .getMessage());
            assertTrue(message.contains("count them from the start"), message);
        }
    }

    @Test
    void placeholdersLossAndPenaltyComeFromTheTrainingConfig() {
        SdGraph graph = SdGraphs.find("softmax_cross_entropy_loss");
        SameDiff sd = graph.build();
        sd.setTrainingConfig(TrainingConfig.builder()
                .updater(new Sgd(0.1))
                .l2(0.02)
                .dataSetFeatureMapping("x")
                .dataSetLabelMapping("y")
                .build());
        SameDiffModel model = SameDiffModel.of(sd);
        Batch named = graph.batch();
        Batch batch = Batch.of(named.get("x"), named.get("y"));
        assertClose(SameDiffModel.of(graph.build()).losses(named), model.losses(batch), 1e-14);
        assertEquals(0.01, model.regularizer().coefficient("w"), 1e-15);
        // the labels are known: the outputs are the logits, the features what they are made of
        assertTrue(Arrays.equals(new long[] {3, 3}, model.outputs(batch).shape()));
        assertTrue(Arrays.equals(new long[] {3, 4}, model.features(batch).shape()));
    }

    @Test
    void aGraphThatHasChangedIsReported() {
        SdGraph graph = SdGraphs.find("tanh");
        SameDiff sd = graph.build();
        SameDiffModel model = SameDiffModel.of(sd);
        model.losses(graph.batch());
        sd.getVariable("w").getArr().addi(1);
        assertThrows(IllegalStateException.class, () -> model.losses(graph.batch()));
    }

    @Test
    void aPenaltyInsideTheLossIsRefused() {
        SameDiff sd = SameDiff.create();
        var x = sd.placeHolder("x", DataType.DOUBLE, -1, 4);
        var w = sd.var("w", normal(1, 4, 4));
        var data = sd.mean(sd.mmul(x, w));
        data.add("loss", sd.mean(sd.math().square(w)));
        sd.setLossVariables("loss");
        String message = String.valueOf(assertThrows(IllegalArgumentException.class, () -> SameDiffModel.of(sd))
                .getMessage());
        assertTrue(message.contains("regularization"), message);
    }
}
