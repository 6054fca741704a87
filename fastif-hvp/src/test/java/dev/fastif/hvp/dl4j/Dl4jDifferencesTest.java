package dev.fastif.hvp.dl4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import dev.fastif.core.TestArrays;
import dev.fastif.hvp.CurvatureMode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Central differences of DL4J's gradients are near to exact derivatives, over all layers, as layers and as a graph; or refused. */
class Dl4jDifferencesTest {
    static Stream<Sample> samples() {
        return Stream.concat(Nets.all().stream(), normalized().stream());
    }

    private static List<Sample> normalized() {
        BatchNormalization locked =
                new BatchNormalization.Builder().lockGammaBeta(true).build();
        BatchNormalization logarithmic =
                new BatchNormalization.Builder().useLogStd(true).build();
        return List.of(
                Sample.rows("locked", Nets.dense(Activation.TANH), locked, Nets.output()),
                Sample.rows("log std", Nets.dense(Activation.TANH), logarithmic, Nets.output()),
                Sample.rows(
                        "frozen",
                        Nets.dense(Activation.TANH),
                        new FrozenLayerWithBackprop(new BatchNormalization()),
                        Nets.output()));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void areNearToExactDerivatives(Sample sample) {
        MultiLayerNetwork net = sample.net(DataType.DOUBLE);
        Dl4jModel exact = Dl4jModel.of(net);
        List<Dl4jModel> models = new ArrayList<>();
        models.add(Dl4jModel.builder(net)
                .curvature(CurvatureMode.FINITE_DIFFERENCE)
                .build());
        if (!sample.name().equals("FrozenLayer")) { // a graph that trains below a frozen layer is none that DL4J trains
            models.add(Dl4jModel.builder(net.toComputationGraph())
                    .curvature(CurvatureMode.FINITE_DIFFERENCE)
                    .build());
        }
        INDArray v = TestArrays.normal(7, exact.parameters().size());
        for (Dl4jModel model : models) {
            for (Batch batch : sample.batches()) {
                if (isContradictory(sample)) {
                    mayBeRefused(() -> model.gradient(batch));
                    continue;
                }
                requireNear("losses", exact.losses(batch), model.losses(batch), 1e-6);
                requireNear("gradient", exact.gradient(batch), model.gradient(batch), 1e-5);
                requireNear(
                        "features",
                        exact.features(batch).size(0),
                        model.features(batch).size(0));
                requireNear(
                        "slopes",
                        exact.directionalDerivatives(batch, v),
                        model.directionalDerivatives(batch, v),
                        10 * sample.slopeTolerance());
                requireNear(
                        "product",
                        exact.hessianVectorProduct(batch, v),
                        model.hessianVectorProduct(batch, v),
                        Math.max(1e-4, sample.slopeTolerance()));
            }
        }
    }

    /** DL4J's gradient is not that of its scores. */
    private static boolean isContradictory(Sample sample) {
        return sample.hasDoubtfulGradient() || sample.scoreFactor() != 1;
    }

    private static void mayBeRefused(Runnable gradient) {
        try {
            gradient.run();
        } catch (IllegalStateException e) {
            String message = String.valueOf(e.getMessage());
            assertTrue(message.contains("DL4J's gradient of this network is wrong"), message);
        }
    }

    private static void requireNear(String what, long expected, long actual) {
        assertEquals(expected, actual, what);
    }

    private static void requireNear(String what, INDArray expected, INDArray actual, double tolerance) {
        double scale = Math.max(1e-3, expected.norm2Number().doubleValue());
        double error = expected.sub(actual).norm2Number().doubleValue() / scale;
        assertTrue(error <= tolerance, () -> what + ": error " + error);
    }

    @Test
    void aWrongGradientOfDl4jsIsNoticed() {
        Sample attention = Nets.all().stream()
                .filter(sample -> sample.name().contains("SelfAttention") && sample.hasDoubtfulGradient())
                .findFirst()
                .orElseThrow();
        Dl4jModel model = Dl4jModel.builder(attention.net(DataType.DOUBLE))
                .curvature(CurvatureMode.FINITE_DIFFERENCE)
                .build();
        Batch batch = attention.batches().get(0);
        String message = String.valueOf(assertThrows(IllegalStateException.class, () -> model.gradient(batch))
                .getMessage());
        assertTrue(message.contains("DL4J's gradient") && message.contains("docs/MODELS.md"), message);
    }
}
