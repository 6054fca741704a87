package dev.fastif.hvp.dl4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.fastif.core.Batch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossSparseMCXENT;

/** Labels and masks of every shape and type, for every loss: DL4J's score, or a refusal that names the array. */
class LabelShapesTest {
    private static final int N = 4;

    static Stream<Arguments> cases() {
        List<Arguments> cases = new ArrayList<>();
        for (Class<? extends ILossFunction> loss : Losses.supported()) {
            if (loss.equals(LossSparseMCXENT.class)) {
                continue; // its labels are the numbers of classes: below
            }
            for (int outputs : new int[] {1, 3}) {
                for (Activation activation : List.of(Activation.SIGMOID, Activation.SOFTMAX)) {
                    if (outputs > 1 || activation == Activation.SIGMOID) {
                        cases.add(Arguments.of(loss, outputs, activation));
                    }
                }
            }
        }
        return cases.stream();
    }

    private static Map<String, INDArray> labels() {
        Map<String, INDArray> labels = new LinkedHashMap<>();
        for (DataType type : List.of(DataType.DOUBLE, DataType.FLOAT, DataType.INT32, DataType.INT64, DataType.BOOL)) {
            for (long[] shape : new long[][] {{N, 1}, {N, 3}, {N}, {N, 2}, {1, N}, {N, 3, 1}, {N, 1, 3}}) {
                INDArray ones = Nd4j.zeros(DataType.DOUBLE, shape);
                for (int i = 0; i < ones.length(); i += 2) {
                    ones.putScalar(i, 1);
                }
                labels.put(type + " " + List.of(shape[0], shape.length > 1 ? shape[1] : 0), ones.castTo(type));
            }
        }
        return labels;
    }

    private static Map<String, @Nullable INDArray> masks() {
        Map<String, @Nullable INDArray> masks = new LinkedHashMap<>();
        masks.put("none", null);
        masks.put("[n, 1]", Nd4j.createFromArray(new double[][] {{1}, {0}, {1}, {1}}));
        masks.put("[n]", Nd4j.createFromArray(1.0, 0.0, 1.0, 1.0));
        masks.put("[n, 3]", Nd4j.createFromArray(new double[][] {{1, 0, 1}, {0, 1, 1}, {1, 1, 1}, {0, 0, 1}}));
        masks.put("[n, 2]", Nd4j.ones(DataType.DOUBLE, N, 2));
        masks.put("weights", Nd4j.createFromArray(new double[][] {{0.5}, {2}, {1}, {1}}));
        return masks;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void areDl4jsOrRefused(Class<? extends ILossFunction> loss, int outputs, Activation activation) throws Exception {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(3)
                .dataType(DataType.DOUBLE)
                .list(new OutputLayer.Builder(loss.getDeclaredConstructor().newInstance())
                        .nIn(2)
                        .nOut(outputs)
                        .activation(activation)
                        .build())
                .validateOutputLayerConfig(false)
                .build());
        net.init();
        Dl4jModel model = Dl4jModel.of(net);
        Nd4j.getRandom().setSeed(6);
        INDArray features = Nd4j.randn(DataType.DOUBLE, N, 2);
        labels().forEach((labelName, labels) -> masks().forEach((maskName, mask) -> {
            String what = loss.getSimpleName() + " of " + outputs + ", " + activation + ", labels " + labelName
                    + ", mask " + maskName;
            if (labels.size(0) == N) {
                compare(what, net, model, features, labels, mask);
            }
        }));
    }

    private static void compare(
            String what,
            MultiLayerNetwork net,
            Dl4jModel model,
            INDArray features,
            INDArray labels,
            @Nullable INDArray mask) {
        Batch batch = Batch.of(features, labels);
        Batch masked = mask == null ? batch : batch.with(Batch.LABELS_MASK, mask);
        INDArray ours;
        try {
            ours = model.losses(masked);
        } catch (IllegalArgumentException e) {
            String message = String.valueOf(e.getMessage());
            assertTrue(message.contains("'labels"), what + ": " + message);
            // whole rows with masks of examples are DL4J's everyday
            boolean usual = labels.rank() == 2
                    && labels.size(1) == model.outputs(batchOf(features, net)).size(1)
                    && (mask == null || what.endsWith("[n, 1]"));
            assertTrue(!usual, what + ": " + message);
            return;
        }
        INDArray scores;
        try {
            DataSet data = new DataSet(features, labels.castTo(DataType.DOUBLE), null, mask == null ? null : mask);
            scores = net.scoreExamples(data, false);
        } catch (RuntimeException e) {
            if (labels.rank() == 1 || (mask != null && mask.rank() == 1)) {
                return; // a vector stands for one column here; DL4J knows only columns
            }
            fail(what + ": DL4J refuses it, " + e.getMessage());
            return;
        }
        assertEquals(N, ours.length(), what);
        for (int i = 0; i < N; i++) {
            double expected = scores.getDouble(i);
            double found = ours.getDouble(i);
            boolean same = expected == found || Math.abs(expected - found) <= 1e-8 * (1 + Math.abs(expected));
            assertTrue(
                    same || !Double.isFinite(found),
                    what + ": example " + i + ", " + found + " instead of " + expected);
        }
    }

    private static Batch batchOf(INDArray features, MultiLayerNetwork net) {
        long outputs = net.getLayer(0).numParams() / 3; // two inputs and a bias
        return Batch.of(features, Nd4j.zeros(DataType.DOUBLE, N, outputs));
    }

    @Test
    void sparseCrossEntropyTakesTheNumbersOfClasses() {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(3)
                .dataType(DataType.DOUBLE)
                .list(new OutputLayer.Builder(new LossSparseMCXENT(Nd4j.createFromArray(0.5, 2.0, 1.5)))
                        .nIn(2)
                        .nOut(3)
                        .activation(Activation.SOFTMAX)
                        .build())
                .validateOutputLayerConfig(false)
                .build());
        net.init();
        Dl4jModel model = Dl4jModel.of(net);
        INDArray features = Nd4j.createFromArray(new double[][] {{1, 2}, {-1, 0.5}, {0.3, -2}, {2, 2}});
        INDArray classes = Nd4j.createFromArray(new int[][] {{0}, {2}, {1}, {2}});
        INDArray mask = Nd4j.createFromArray(new double[][] {{1}, {1}, {0}, {1}});
        INDArray scores = net.scoreExamples(new DataSet(features, classes.castTo(DataType.DOUBLE), null, mask), false);
        for (DataType type : List.of(DataType.DOUBLE, DataType.FLOAT, DataType.INT32, DataType.INT64)) {
            for (long[] shape : new long[][] {{N, 1}, {N}}) {
                Batch batch =
                        Batch.of(features, classes.castTo(type).reshape(shape)).with(Batch.LABELS_MASK, mask);
                Oracle.assertClose(scores.reshape(N), model.losses(batch), 1e-10);
            }
        }
        for (INDArray wrong : List.of(
                Nd4j.createFromArray(new double[][] {{0}, {1}, {3}, {2}}),
                Nd4j.createFromArray(new double[][] {{0}, {-1}, {1}, {2}}),
                Nd4j.createFromArray(new double[][] {{0}, {0.5}, {1}, {2}}),
                Nd4j.zeros(DataType.DOUBLE, N, 3))) {
            String message = String.valueOf(
                    assertThrows(IllegalArgumentException.class, () -> model.losses(Batch.of(features, wrong)))
                            .getMessage());
            assertTrue(message.contains("'labels'") && message.contains("numbers of classes"), message);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void classIndicesAreToldHowToBecomeRows(Class<? extends ILossFunction> loss, int outputs, Activation activation)
            throws Exception {
        if (outputs == 1) {
            return;
        }
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .list(new OutputLayer.Builder(loss.getDeclaredConstructor().newInstance())
                        .nIn(2)
                        .nOut(outputs)
                        .activation(activation)
                        .build())
                .validateOutputLayerConfig(false)
                .build());
        net.init();
        for (INDArray indices :
                List.of(Nd4j.createFromArray(0, 2, 1, 1), Nd4j.createFromArray(new int[][] {{0}, {2}, {1}, {1}}))) {
            Batch batch = Batch.of(Nd4j.ones(N, 2), indices);
            String message = String.valueOf(assertThrows(IllegalArgumentException.class, () -> Dl4jModel.of(net)
                            .gradient(batch))
                    .getMessage());
            assertTrue(message.contains("[n, 3]") && message.contains("a row that is 1 in its column"), message);
        }
    }
}
