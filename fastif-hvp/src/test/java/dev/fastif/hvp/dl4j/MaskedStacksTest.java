package dev.fastif.hvp.dl4j;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fastif.core.Batch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.RnnLossLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/**
 * What padding does inside of a network is what it does in DL4J: every stack of two sequence layers, padded at the beginning, in a
 * gap and at the end, under every head, with and without a mask of the labels.
 */
class MaskedStacksTest {
    private static final int STEPS = 7;
    private static final INDArray MASK = Nd4j.createFromArray(new double[][] {
        {0, 0, 1, 1, 1, 1, 1}, {1, 1, 0, 0, 1, 1, 1}, {1, 1, 1, 1, 0, 0, 0}, {1, 1, 1, 1, 1, 1, 1}, {0, 1, 0, 1, 1, 0, 0}
    });
    private static final int N = (int) MASK.size(0);

    // DL4J puts the last of masked steps into an array of the default type
    @BeforeAll
    static void inDouble() {
        Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
    }

    @AfterAll
    static void inFloatAgain() {
        Nd4j.setDefaultDataTypes(DataType.FLOAT, DataType.FLOAT);
    }

    static Stream<Sample> stacks() {
        List<Sample> all = new ArrayList<>();
        SequenceLayers.inner().forEach((name, first) -> {
            SequenceLayers.inner().forEach((other, second) -> {
                for (Head head : Head.values()) {
                    all.add(sample(name + " then " + other + " then " + head, head, first, second));
                }
            });
            SequenceLayers.last().forEach((other, last) -> all.add(sample(name + " then " + other, Head.ROWS, first, last)));
        });
        return all.stream();
    }

    enum Head {
        ROWS, OUTPUT, LOSS, MAX, AVG, SUM, PNORM;

        List<Layer> layers() {
            return switch (this) {
                case ROWS -> List.of(Nets.output());
                case OUTPUT -> List.of(Nets.rnnOutput());
                case LOSS -> List.of(new RnnLossLayer.Builder(LossFunction.MCXENT).activation(Activation.SOFTMAX).build());
                default -> List.of(new GlobalPoolingLayer(PoolingType.valueOf(name())), Nets.output());
            };
        }

        boolean isOfSteps() {
            return this == OUTPUT || this == LOSS;
        }
    }

    private static Sample sample(String name, Head head, Layer... hidden) {
        List<Layer> layers = new ArrayList<>(List.of(hidden));
        layers.addAll(head.layers());
        return new Sample(name, layers, InputType.recurrent(2, STEPS), List.of());
    }

    @ParameterizedTest
    @MethodSource("stacks")
    void lossesAndSlopesAreDl4js(Sample sample) {
        MultiLayerNetwork net;
        List<Batch> batches;
        try {
            net = sample.net(DataType.DOUBLE);
            batches = batches(net, sample);
        } catch (RuntimeException e) {
            System.out.println("SKIPNET " + sample.name() + ": " + e);
            return;
        }
        for (Batch batch : batches) {
            INDArray expected;
            try {
                expected = new Gradients.OfLayers(net.clone()).losses(batch).reshape(N);
            } catch (RuntimeException e) {
                System.out.println("SKIP " + sample.name() + ": " + e);
                continue;
            }
            try {
                Dl4jModel model = Dl4jModel.of(net);
                Oracle.assertClose(expected, model.losses(batch), 1e-8);
                new Oracle(() -> new Gradients.OfLayers(net.clone()), copy -> Dl4jModel.of(((Gradients.OfLayers) copy).net()))
                        .directionalDerivativesAreSlopesOfDl4jsLosses(batch, 1, 1e-6);
            } catch (RuntimeException e) {
                System.out.println("REFUSED " + sample.name() + ": " + e.getMessage());
            }
        }
    }

    private static List<Batch> batches(MultiLayerNetwork net, Sample sample) {
        INDArray x = Samples.normal(3, N, 2, STEPS);
        INDArray hidden = net.feedForwardToLayer(1, x).get(2);
        boolean ofSteps = hidden.rank() == 3 && sample.layers().size() == 3;
        INDArray labels = ofSteps ? stepLabels(sample.layers().get(2) instanceof RnnLossLayer ? hidden.size(1) : Samples.CLASSES, hidden.size(2)) : Nd4j.eye(N).castTo(DataType.DOUBLE).getColumns(0, 1, 2).dup();
        if (!ofSteps) { labels.putScalar(3, 0, 1); labels.putScalar(4, 1, 1); }
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        arrays.put(Batch.FEATURES, x);
        arrays.put(Batch.LABELS, labels);
        arrays.put(Batch.FEATURES_MASK, MASK);
        Batch plain = Batch.of(arrays);
        return ofSteps ? List.of(plain, plain.with(Batch.LABELS_MASK, labelsMask(labels.size(2)))) : List.of(plain);
    }

    private static INDArray labelsMask(long steps) {
        Random random = new Random(9);
        INDArray mask = Nd4j.create(DataType.DOUBLE, N, steps);
        for (long i = 0; i < mask.length(); i++) mask.putScalar(i, random.nextInt(3) == 0 ? 0 : 1);
        return mask;
    }

    private static INDArray stepLabels(long classes, long steps) {
        INDArray labels = Nd4j.create(DataType.DOUBLE, N, classes, steps);
        for (int i = 0; i < N; i++) for (int t = 0; t < steps; t++) labels.putScalar(i, (2 * i + t * t) % (int) classes, t, 1);
        return labels;
    }
}
