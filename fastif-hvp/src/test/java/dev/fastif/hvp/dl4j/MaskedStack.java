package dev.fastif.hvp.dl4j;

import static org.junit.jupiter.api.Assumptions.abort;

import dev.fastif.core.Batch;
import dev.fastif.core.TestArrays;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.RnnLossLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** Layers of sequences under a head, and batches of masked sequences for them. */
record MaskedStack(String name, Sample sample, boolean hasSteps) {
    private static final int STEPS = 5;

    /** What stands on a stack. */
    enum Head {
        OUTPUT,
        LOSS,
        MAX,
        AVG,
        SUM,
        PNORM,
        /** On rows. */
        ROWS;

        private List<Layer> layers() {
            return switch (this) {
                case ROWS -> List.of(Nets.output());
                case OUTPUT -> List.of(Nets.rnnOutput());
                case LOSS ->
                    List.of(new RnnLossLayer.Builder(LossFunction.MCXENT)
                            .activation(Activation.SOFTMAX)
                            .build());
                case MAX, AVG, SUM, PNORM ->
                    List.of(new GlobalPoolingLayer(PoolingType.valueOf(name())), Nets.output());
            };
        }
    }

    static MaskedStack of(String name, Head head, Layer... hidden) {
        List<Layer> layers = new ArrayList<>(List.of(hidden));
        layers.addAll(head.layers());
        InputType input = InputType.recurrent(SequenceLayers.C, STEPS);
        boolean hasSteps = head == Head.OUTPUT || head == Head.LOSS;
        return new MaskedStack(name, new Sample(name, layers, input, List.of()), hasSteps);
    }

    static INDArray features(int n) {
        return TestArrays.normal(3, n, SequenceLayers.C, STEPS);
    }

    /** Skips what DL4J cannot make. */
    MultiLayerNetwork net(INDArray features) {
        try {
            MultiLayerNetwork net = sample.net(DataType.DOUBLE);
            net.output(features);
            return net;
        } catch (RuntimeException e) {
            return abort("DL4J cannot make " + name + ": " + e);
        }
    }

    /** With this mask of the features; of a head that has steps also with a mask of its labels. */
    List<Batch> batches(MultiLayerNetwork net, INDArray mask) {
        INDArray features = features((int) mask.size(0));
        INDArray output = net.output(features);
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        arrays.put(Batch.FEATURES, features);
        arrays.put(Batch.LABELS, Samples.labels(output.shape()));
        arrays.put(Batch.FEATURES_MASK, mask);
        Batch batch = Batch.of(arrays);
        return hasSteps
                ? List.of(batch, batch.with(Batch.LABELS_MASK, labelsMask(output.size(0), output.size(2))))
                : List.of(batch);
    }

    private static INDArray labelsMask(long n, long steps) {
        Random random = new Random(9);
        INDArray mask = Nd4j.create(DataType.DOUBLE, n, steps);
        for (long i = 0; i < mask.length(); i++) {
            mask.putScalar(i, random.nextInt(3) == 0 ? 0 : 1);
        }
        return mask;
    }

    @Override
    public String toString() {
        return name;
    }
}
