package dev.fastif.hvp.dl4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.fastif.core.Batch;
import dev.fastif.hvp.dl4j.MaskedStack.Head;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.Upsampling1D;
import org.deeplearning4j.nn.conf.layers.ZeroPadding1DLayer;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping1D;
import org.deeplearning4j.nn.conf.layers.recurrent.TimeDistributed;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * What padding does inside of a network is what it does in DL4J: every stack of two sequence layers, padded at the beginning, in
 * a gap and at the end, with and without a mask of the labels. {@code -Dfastif.stacks=all} tries all of them under every head,
 * otherwise it is one half, each under one head.
 */
class MaskedStacksTest {
    private static final double[][] MASK = {
        {0, 0, 1, 1, 1}, {1, 0, 0, 1, 1}, {1, 1, 1, 0, 0}, {1, 1, 1, 1, 1}, {0, 1, 0, 1, 0}
    };
    private static final int N = MASK.length;
    private static final boolean ALL = System.getProperty("fastif.stacks", "").equals("all");

    // DL4J puts the last of masked steps into an array of the default type
    @BeforeAll
    static void inDouble() {
        Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
    }

    @AfterAll
    static void inFloatAgain() {
        Nd4j.setDefaultDataTypes(DataType.FLOAT, DataType.FLOAT);
    }

    /** The heads of sequences, or one of them in turn. */
    private static List<Head> heads(int stack) {
        List<Head> all = List.of(Head.OUTPUT, Head.LOSS, Head.MAX, Head.OUTPUT, Head.AVG, Head.SUM, Head.PNORM);
        return ALL ? all.subList(1, all.size()) : List.of(all.get(stack % all.size()));
    }

    static Stream<MaskedStack> stacks() {
        List<MaskedStack> all = new ArrayList<>();
        SequenceLayers.inner().forEach((name, first) -> {
            SequenceLayers.inner().forEach((other, second) -> heads(all.size())
                    .forEach(head -> all.add(MaskedStack.of(name + ", " + other + ", " + head, head, first, second))));
            SequenceLayers.last()
                    .forEach((other, last) -> all.add(MaskedStack.of(name + ", " + other, Head.ROWS, first, last)));
        });
        // like the fields of a chessboard: each layer is below and above in the half that is left
        int row = SequenceLayers.inner().size() + SequenceLayers.last().size();
        return IntStream.range(0, all.size())
                .filter(i -> ALL || (i + i / row) % 2 == 0)
                .mapToObj(all::get);
    }

    @Test
    void everyLayerOfSequencesIsStacked() {
        Set<String> stacked = Stream.concat(
                        SequenceLayers.inner().values().stream(), SequenceLayers.last().values().stream())
                .map(layer -> layer.getClass().getSimpleName())
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> missing = Nets.all().stream()
                .filter(sample -> sample.input() != null && sample.input().getType() == InputType.Type.RNN)
                .flatMap(sample -> sample.layers().stream())
                .filter(layer -> !Rules.isHead(layer))
                .map(layer -> layer.getClass().getSimpleName())
                .filter(name -> !stacked.contains(name) && !name.equals("GlobalPoolingLayer"))
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(
                Set.of("Cropping1D", "EmbeddingSequenceLayer", "TimeDistributed"),
                missing,
                "give each layer of sequences a place in SequenceLayers");
    }

    @ParameterizedTest
    @MethodSource("stacks")
    void lossesAndTheirSlopesAreDl4js(MaskedStack stack) {
        MultiLayerNetwork net = net(stack);
        assumeFalse(Source.of(net).trained().isEmpty(), "nothing is trained in it");
        for (Batch batch : batches(net, stack)) {
            Trial.of(new Gradients.OfLayers(net), Dl4jModel.of(net), batch).run();
        }
    }

    private static MultiLayerNetwork net(MaskedStack stack) {
        return stack.net(features());
    }

    private static INDArray features() {
        return MaskedStack.features(N);
    }

    private static List<Batch> batches(MultiLayerNetwork net, MaskedStack stack) {
        return stack.batches(net, Nd4j.createFromArray(MASK));
    }

    /** DL4J fails on these masks, or applies them to other steps than those that are meant. */
    static List<MaskedStack> refused() {
        Layer dense = new DenseLayer.Builder()
                .nIn(SequenceLayers.C)
                .nOut(SequenceLayers.C)
                .build();
        return List.of(
                MaskedStack.of("ZeroPadding1DLayer", Head.AVG, new ZeroPadding1DLayer.Builder(1, 2).build()),
                MaskedStack.of("Cropping1D", Head.MAX, new Cropping1D.Builder(0, 1).build()),
                MaskedStack.of("Upsampling1D", Head.SUM, new Upsampling1D.Builder(2).build()),
                MaskedStack.of("DropoutLayer", Head.AVG, new DropoutLayer(1.0)),
                MaskedStack.of("TimeDistributed", Head.OUTPUT, new TimeDistributed(dense)));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void whatDl4jCannotMaskIsRefusedAndWorksWithoutAMask(MaskedStack stack) {
        MultiLayerNetwork net = net(stack);
        Batch batch = batches(net, stack).get(0);
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class, () -> Dl4jModel.of(net).losses(batch));
        assertTrue(String.valueOf(e.getMessage()).contains("'featuresMask'"), e.getMessage());
        assertTrue(String.valueOf(e.getMessage()).contains(stack.name()), e.getMessage());
        Batch without = Batch.of(batch.get(Batch.FEATURES), batch.get(Batch.LABELS));
        Trial.of(new Gradients.OfLayers(net), Dl4jModel.of(net), without).run();
    }

    @Test
    void aMaskOfOtherNumbersIsRefused() {
        MaskedStack stack = MaskedStack.of("mask", Head.AVG, SequenceLayers.lstm());
        MultiLayerNetwork net = net(stack);
        Batch batch = batches(net, stack).get(0);
        Batch halves =
                batch.with(Batch.FEATURES_MASK, batch.get(Batch.FEATURES_MASK).mul(0.5));
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class, () -> Dl4jModel.of(net).losses(halves));
        assertTrue(String.valueOf(e.getMessage()).contains("other than 0 and 1"), e.getMessage());
    }

    /** The mean over the steps that are there; zeros of a sequence that is all padding. */
    @Test
    void featuresOfMaskedSequencesAreMeansOfTheirSteps() {
        MaskedStack stack = MaskedStack.of("features", Head.OUTPUT, SequenceLayers.lstm());
        MultiLayerNetwork net = net(stack);
        Batch batch = batches(net, stack).get(0);
        INDArray mask = batch.get(Batch.FEATURES_MASK).dup();
        mask.getRow(4).assign(0);
        INDArray hidden = net.feedForwardToLayer(0, features()).get(1);
        INDArray found = Dl4jModel.of(net).features(batch.with(Batch.FEATURES_MASK, mask));
        for (int i = 0; i < N; i++) {
            INDArray steps = hidden.get(NDArrayIndex.point(i), NDArrayIndex.all(), NDArrayIndex.all());
            double count = Math.max(1, mask.getRow(i).sumNumber().doubleValue());
            INDArray mean = steps.mulRowVector(mask.getRow(i)).sum(1).div(count);
            Oracle.assertClose(mean, found.getRow(i), 1e-10);
        }
    }
}
