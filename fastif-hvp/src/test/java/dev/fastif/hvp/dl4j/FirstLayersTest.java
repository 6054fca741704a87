package dev.fastif.hvp.dl4j;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.fastif.core.Batch;
import dev.fastif.core.TestArrays;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Deconvolution2D;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PReLULayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.SelfAttentionLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** What the arrays of a batch are is known from the layers that take them, whichever layer comes first. */
class FirstLayersTest {
    // DL4J puts the last of masked steps into an array of the default type
    @BeforeAll
    static void inDouble() {
        Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
    }

    @AfterAll
    static void inFloatAgain() {
        Nd4j.setDefaultDataTypes(DataType.FLOAT, DataType.FLOAT);
    }

    /** Each network of the registry without its first layers. */
    static Stream<Sample> ends() {
        List<Sample> all = new ArrayList<>();
        for (Sample sample : Nets.all()) {
            for (int from = 1; from < sample.layers().size(); from++) {
                if (sample.layers().get(from) instanceof PReLULayer) {
                    continue; // its parameters have the shape of what came before
                }
                String name = sample.name() + " from its layer " + from;
                all.add(new Sample(
                        name, sample.layers().subList(from, sample.layers().size()), sample.input(), sample.batches()));
            }
        }
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("ends")
    void anyLayerMayBeFirst(Sample sample) {
        MultiLayerNetwork net = net(sample, sample.batches().get(0).get(Batch.FEATURES));
        assumeFalse(Source.of(net).trained().isEmpty(), "nothing is trained in it");
        for (Batch batch : sample.batches()) {
            Trial.assumeScored(new Gradients.OfLayers(net), batch);
            Trial.of(new Gradients.OfLayers(net), Dl4jModel.of(net), batch).run();
        }
    }

    private static MultiLayerNetwork net(Sample sample, INDArray features) {
        try {
            MultiLayerNetwork net = sample.net(DataType.DOUBLE);
            net.output(features.dup());
            return net;
        } catch (RuntimeException e) {
            return abort("DL4J cannot make " + sample + ": " + e);
        }
    }

    /** Layers of sequences [n, t, c], one after the other, masked and not. */
    static Stream<Sample> channelsLast() {
        List<Sample> all = new ArrayList<>();
        SequenceLayers.inner().forEach((name, layer) -> {
            if (layer instanceof SelfAttentionLayer) {
                return; // DL4J has it for [n, c, t] only
            }
            InputType type = InputType.recurrent(SequenceLayers.C, Samples.T, RNNFormat.NWC);
            List<Layer> layers = List.of(SequenceLayers.lstm(), layer, Nets.rnnOutput());
            all.add(new Sample(name + " of [n, t, c]", layers, type, List.of()));
        });
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("channelsLast")
    void sequencesMayHaveTheirChannelsLast(Sample sample) {
        INDArray features = TestArrays.normal(3, Samples.N, Samples.T, SequenceLayers.C);
        MultiLayerNetwork net = net(sample, features);
        INDArray output = net.output(features.dup());
        INDArray labels = Samples.labels(output.size(0), output.size(2), output.size(1))
                .permute(0, 2, 1)
                .dup('c');
        Batch batch = Samples.batch(features, labels);
        for (Batch each : List.of(batch, batch.with(Batch.FEATURES_MASK, Samples.mask()))) {
            Trial.assumeScored(new Gradients.OfLayers(net), each);
            Trial.of(new Gradients.OfLayers(net), Dl4jModel.of(net), each).run();
        }
    }

    /** Also where there are as many steps as channels, so that no shape would tell. */
    @Test
    void sequencesWithoutInputTypesAreReadAsDl4jReadsThem() {
        for (int steps : new int[] {Samples.CLASSES, Samples.T}) {
            ComputationGraph net = new ComputationGraph(new NeuralNetConfiguration.Builder()
                    .seed(3)
                    .dataType(DataType.DOUBLE)
                    .trainingWorkspaceMode(WorkspaceMode.NONE)
                    .inferenceWorkspaceMode(WorkspaceMode.NONE)
                    .graphBuilder()
                    .addInputs("in")
                    .addLayer("lstm", new LSTM.Builder().nIn(2).nOut(4).build(), "in")
                    .addLayer(
                            "out",
                            new RnnOutputLayer.Builder(LossFunction.MCXENT)
                                    .nIn(4)
                                    .nOut(Samples.CLASSES)
                                    .activation(Activation.SOFTMAX)
                                    .build(),
                            "lstm")
                    .setOutputs("out")
                    .build());
            net.init();
            INDArray labels = Nd4j.create(DataType.DOUBLE, Samples.N, Samples.CLASSES, steps);
            for (int i = 0; i < Samples.N; i++) {
                for (int t = 0; t < steps; t++) {
                    labels.putScalar(i, (i + t * t) % Samples.CLASSES, t, 1);
                }
            }
            Batch batch = Samples.batch(TestArrays.normal(1, Samples.N, 2, steps), labels);
            Trial.of(new Gradients.OfGraph(net), Dl4jModel.of(net.clone()), batch)
                    .run();
        }
    }

    @Test
    void poolingOfAnInputWithoutTypesTakesSequencesAndImages() {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(3)
                .dataType(DataType.DOUBLE)
                .list(
                        new GlobalPoolingLayer(PoolingType.AVG),
                        new OutputLayer.Builder(LossFunction.MCXENT)
                                .nIn(2)
                                .nOut(Samples.CLASSES)
                                .activation(Activation.SOFTMAX)
                                .build())
                .build());
        net.init();
        Batch images = Samples.batch(TestArrays.normal(1, Samples.N, 2, 4, 3), Samples.classes());
        Batch sequences = Samples.masked(TestArrays.normal(2, Samples.N, 2, Samples.T), Samples.classes());
        for (Batch batch : List.of(images, sequences)) {
            Trial.of(new Gradients.OfLayers(net), Dl4jModel.of(net.clone()), batch)
                    .run();
        }
    }

    @Test
    void anArrayOfAnotherRankIsRefused() {
        Sample rows = Sample.rows("rows", Nets.dense(Activation.TANH), Nets.output());
        Batch images = Samples.batch(TestArrays.normal(1, Samples.N, 5, 1, 1), Samples.classes());
        Dl4jModel model = Dl4jModel.of(rows.net(DataType.DOUBLE));
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> model.losses(images));
        String message = String.valueOf(e.getMessage());
        assertTrue(message.contains("'features' has shape [3, 5, 1, 1]") && message.contains("rows [n, c]"), message);
    }

    @Test
    void everythingUnsupportedIsNamedAtOnce() {
        MultiLayerNetwork net = Sample.images(
                        "unsupported",
                        new ConvolutionLayer.Builder(2, 2)
                                .nOut(3)
                                .activation(Activation.SOFTMAX)
                                .build(),
                        new Deconvolution2D.Builder(2, 2).nOut(2).build(),
                        new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX)
                                .kernelSize(2, 2)
                                .build(),
                        new ConvolutionLayer.Builder(1, 1)
                                .nOut(3)
                                .convolutionMode(ConvolutionMode.Same)
                                .activation(Activation.RRELU)
                                .build(),
                        Nets.dense(Activation.RRELU),
                        Nets.output())
                .net(DataType.DOUBLE);
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Dl4jModel.of(net));
        String message = String.valueOf(e.getMessage());
        for (String named : List.of(
                "'0' (ConvolutionLayer): softmax",
                "'1' (Deconvolution2D)",
                "'3' (ConvolutionLayer): activation",
                "'4' (DenseLayer): activation")) {
            assertTrue(message.contains(named), message);
        }
        assertTrue(!message.contains("'2'") && !message.contains("'5'"), message);
    }
}
