package dev.fastif.hvp.dl4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossBinaryXENT;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossNegativeLogLikelihood;
import org.nd4j.linalg.lossfunctions.impl.LossSparseMCXENT;

/** Outputs at which DL4J clips its score: value and slope are DL4J's, or the example is named and the way out works. */
class SaturationTest {
    private static final INDArray FEATURES =
            Nd4j.createFromArray(new double[][] {{40, -1}, {-40, 2}, {0.3, 0.2}, {13, 0.5}});
    private static final INDArray ROWS = Nd4j.createFromArray(new double[][] {{0, 1}, {0, 1}, {1, 0}, {1, 0}});
    private static final INDArray CLASSES = Nd4j.createFromArray(new double[][] {{1}, {1}, {0}, {0}});

    static Stream<Arguments> softmax() {
        return Stream.of(
                Arguments.of(new LossMCXENT(), ROWS),
                Arguments.of(new LossMCXENT(Nd4j.createFromArray(0.5, 2.0)), ROWS),
                Arguments.of(new LossNegativeLogLikelihood(), ROWS),
                Arguments.of(new LossSparseMCXENT(), CLASSES),
                Arguments.of(new LossSparseMCXENT(Nd4j.createFromArray(0.5, 2.0)), CLASSES));
    }

    private static MultiLayerNetwork net(ILossFunction loss, Activation activation) {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .dataType(DataType.DOUBLE)
                .list(new OutputLayer.Builder(loss)
                        .nIn(2)
                        .nOut(2)
                        .activation(activation)
                        .build())
                .validateOutputLayerConfig(false)
                .build());
        net.init();
        net.setParams(Nd4j.createFromArray(new double[][] {{1, 0.2, -1, 0.1, 0.3, -0.2}}));
        return net;
    }

    @ParameterizedTest(autoCloseArguments = false) // the labels are those of several
    @MethodSource("softmax")
    void softmaxThatIsClippedIsRefusedUntilItIsNot(LossMCXENT loss, INDArray labels) {
        MultiLayerNetwork net = net(loss, Activation.SOFTMAX);
        Batch batch = Batch.of(FEATURES, labels);
        String message = String.valueOf(assertThrows(
                        IllegalArgumentException.class, () -> Dl4jModel.of(net).gradient(batch))
                .getMessage());
        assertTrue(message.startsWith("example 0: ") && message.contains("setSoftmaxClipEps(0)"), message);
        INDArray trained = gradient(net, batch);
        ((LossMCXENT) ((OutputLayer) net.getLayerWiseConfigurations().getConf(0).getLayer()).getLossFn())
                .setSoftmaxClipEps(0);
        Oracle.assertClose(trained, gradient(net, batch), 1e-9); // DL4J trains as before
        Trial.of(new Gradients.OfLayers(net), Dl4jModel.of(net), batch).run();
        Oracle.assertClose(trained, Dl4jModel.of(net).gradient(batch), 1e-9);
    }

    private static INDArray part(Map<String, INDArray> parts, String name) {
        return Objects.requireNonNull(parts.get(name), name).dup('c').ravel();
    }

    private static INDArray gradient(MultiLayerNetwork net, Batch batch) {
        Map<String, INDArray> parts = new Gradients.OfLayers(net).gradient(batch);
        return Nd4j.concat(0, part(parts, "0_W"), part(parts, "0_b")).divi(batch.size());
    }

    @ParameterizedTest
    @MethodSource("activations")
    void clippedOutputsOfBinaryCrossEntropyAreDl4js(Activation activation) {
        MultiLayerNetwork net = net(new LossBinaryXENT(), activation);
        Trial.of(new Gradients.OfLayers(net), Dl4jModel.of(net), Batch.of(FEATURES, ROWS))
                .run();
        MultiLayerNetwork unclipped = net(new LossBinaryXENT(0, null), Activation.SIGMOID);
        Batch batch = Batch.of(FEATURES.getRows(2, 3), ROWS.getRows(2, 3));
        Trial.of(new Gradients.OfLayers(unclipped), Dl4jModel.of(unclipped), batch)
                .run();
    }

    static List<Activation> activations() {
        return List.of(Activation.SIGMOID, Activation.HARDSIGMOID);
    }

    /** A loss layer does not say how many outputs it has. */
    @ParameterizedTest
    @MethodSource("perOutput")
    void aLossLayerDividesByItsOutputs(ILossFunction loss) {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .dataType(DataType.DOUBLE)
                .list(
                        new org.deeplearning4j.nn.conf.layers.DenseLayer.Builder()
                                .nIn(2)
                                .nOut(2)
                                .activation(Activation.TANH)
                                .build(),
                        new LossLayer.Builder(loss)
                                .activation(Activation.SIGMOID)
                                .build())
                .validateOutputLayerConfig(false)
                .build());
        net.init();
        Batch batch = Batch.of(FEATURES, ROWS.add(0.5));
        assertEquals(4, Dl4jModel.of(net).losses(batch).length());
        Trial.of(new Gradients.OfLayers(net), Dl4jModel.of(net), batch).run();
    }

    static List<ILossFunction> perOutput() {
        return List.of(
                new org.nd4j.linalg.lossfunctions.impl.LossMSE(),
                new org.nd4j.linalg.lossfunctions.impl.LossMAPE(),
                new org.nd4j.linalg.lossfunctions.impl.LossMSLE(),
                new org.nd4j.linalg.lossfunctions.impl.LossWasserstein());
    }
}
