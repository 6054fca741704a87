package dev.fastif.hvp.dl4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.RnnLossLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.recurrent.SimpleRnn;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.lossfunctions.impl.LossCosineProximity;

/** All that is unsupported of a network is named at once: every option of every layer, with the layer's name. */
class UnsupportedOptionsTest {
    private static final IActivation THRESHOLD = new ActivationReLU(null, 0.5, null);
    private static final String RELU = "ReLU with a threshold";

    /** A layer with unsupported options, and what is said of each. */
    record Case(String name, Layer layer, List<String> says) {
        static Case of(Layer layer, String... says) {
            return new Case(layer.getClass().getSimpleName(), layer, List.of(says));
        }

        boolean isHead() {
            return layer instanceof OutputLayer || layer instanceof RnnOutputLayer || layer instanceof RnnLossLayer;
        }

        @Override
        public String toString() {
            return name + " " + says;
        }
    }

    private static SimpleRnn simpleRnn() {
        return new SimpleRnn.Builder()
                .nIn(3)
                .nOut(3)
                .hasLayerNorm(true)
                .activation(THRESHOLD)
                .build();
    }

    /** By its setter: DL4J's builders refuse it of images. */
    private static <L extends ConvolutionLayer> L causal(L layer) {
        layer.setConvolutionMode(ConvolutionMode.Causal);
        return layer;
    }

    private static SubsamplingLayer causal(SubsamplingLayer layer) {
        layer.setConvolutionMode(ConvolutionMode.Causal);
        return layer;
    }

    static Stream<Case> cases() {
        return Stream.of(
                Case.of(
                        causal(new ConvolutionLayer.Builder(2, 2)
                                .nIn(3)
                                .nOut(3)
                                .activation(new ActivationSoftmax())
                                .build()),
                        "causal convolution of images",
                        "softmax over the channels"),
                Case.of(
                        causal(new DepthwiseConvolution2D.Builder(2, 2)
                                .nIn(3)
                                .nOut(3)
                                .activation(THRESHOLD)
                                .build()),
                        "causal convolution of images",
                        RELU),
                Case.of(
                        causal(new SubsamplingLayer.Builder(PoolingType.SUM, new int[] {2, 2}).build()),
                        "causal convolution of images",
                        "SUM pooling"),
                Case.of(
                        new BatchNormalization.Builder(true)
                                .nIn(3)
                                .nOut(3)
                                .gamma(2)
                                .build(),
                        "BatchNormalization with locked gamma"),
                Case.of(
                        new GlobalPoolingLayer.Builder(PoolingType.MAX)
                                .collapseDimensions(false)
                                .poolingDimensions(1, 3)
                                .build(),
                        "global pooling over the axes [1, 3]",
                        "keeps dimensions"),
                Case.of(simpleRnn(), "layer normalization inside", RELU),
                Case.of(new Bidirectional(simpleRnn()), "layer normalization inside", RELU),
                Case.of(
                        new LSTM.Builder()
                                .nIn(3)
                                .nOut(3)
                                .activation(THRESHOLD)
                                .gateActivationFunction(new ActivationReLU(2.0, 0.0, 0.1))
                                .build(),
                        RELU),
                Case.of(
                        new OutputLayer.Builder(new LossCosineProximity())
                                .nIn(3)
                                .nOut(3)
                                .activation(THRESHOLD)
                                .build(),
                        "loss LossCosineProximity",
                        RELU),
                Case.of(
                        new RnnOutputLayer.Builder(new LossCosineProximity())
                                .nIn(3)
                                .nOut(3)
                                .activation(THRESHOLD)
                                .build(),
                        "loss LossCosineProximity",
                        RELU),
                Case.of(
                        new RnnLossLayer.Builder(new LossCosineProximity())
                                .dataFormat(RNNFormat.NWC)
                                .activation(THRESHOLD)
                                .build(),
                        "RnnLossLayer of sequences [n, t, c]",
                        "loss LossCosineProximity",
                        RELU));
    }

    private static Layer output() {
        return new OutputLayer.Builder()
                .nIn(3)
                .nOut(3)
                .activation(new ActivationSoftmax())
                .build();
    }

    /** What is said of each layer, by its name: "'0' (LSTM)". */
    private static Map<String, String> refusal(List<Layer> layers) {
        NeuralNetConfiguration.ListBuilder builder = new NeuralNetConfiguration.Builder().list();
        layers.forEach(layer -> builder.layer(layer.clone()));
        MultiLayerNetwork net = new MultiLayerNetwork(builder.build());
        net.init();
        String message = String.valueOf(assertThrows(IllegalArgumentException.class, () -> Dl4jModel.of(net))
                .getMessage());
        Map<String, String> said = new TreeMap<>();
        Matcher each = Pattern.compile("('\\d+' \\(\\w+\\)): (.*?)(?=, '\\d+' \\(|: give a rule)")
                .matcher(message);
        while (each.find()) {
            said.put(each.group(1), each.group(2));
        }
        return said;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void allOptionsOfALayerAreNamed(Case each) {
        Layer plain = new LSTM.Builder().nIn(3).nOut(3).build();
        List<Layer> layers = each.isHead() ? List.of(plain, each.layer()) : List.of(each.layer(), output());
        requireSaid(each, "'" + layers.indexOf(each.layer()) + "' (" + each.name() + ")", refusal(layers));
    }

    @Test
    void allOptionsOfAllLayersAreNamed() {
        List<Case> hidden = cases().filter(each -> !each.isHead()).toList();
        for (Case head : cases().filter(Case::isHead).toList()) {
            List<Case> all = new ArrayList<>(hidden);
            all.add(head);
            Map<String, String> said = refusal(all.stream().map(Case::layer).toList());
            IntStream.range(0, all.size())
                    .forEach(i ->
                            requireSaid(all.get(i), "'" + i + "' (" + all.get(i).name() + ")", said));
        }
    }

    private static void requireSaid(Case each, String layer, Map<String, String> said) {
        String text = said.getOrDefault(layer, "");
        for (String option : each.says()) {
            assertTrue(text.contains(option), () -> layer + " lacks '" + option + "': " + said);
        }
    }

    @Test
    void anOptionIsNamedOnce() {
        String said = refusal(List.of(new Bidirectional(simpleRnn()), output())).get("'0' (Bidirectional)");
        assertEquals(
                List.of(
                        "layer normalization inside of a SimpleRnn",
                        "ReLU with a threshold, or with a slope and a maximum"),
                Arrays.asList(String.valueOf(said).split("; ")));
    }
}
