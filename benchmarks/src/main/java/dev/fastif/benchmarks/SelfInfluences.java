package dev.fastif.benchmarks;

import dev.fastif.core.Influence;
import dev.fastif.core.InfluenceEngine;
import dev.fastif.core.Progress;
import dev.fastif.core.TrainingSet;
import dev.fastif.examples.digits.DigitNet;
import dev.fastif.hvp.ConjugateGradient;
import dev.fastif.hvp.dl4j.Dl4jModel;
import dev.fastif.knn.ExactIndex;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/**
 * The self-influences of all digits, by conjugate gradients and by the solver that an engine takes by itself, each twice:
 * {@code dev.fastif.benchmarks.SelfInfluences ROWS CNN MLP}. ROWS is a network of 99 parameters that is shown the sums of a digit's
 * rows; the others are those of the examples.
 */
final class SelfInfluences {
    private static final int DIGITS = 1500;
    private static final int SIDE = 8;

    private SelfInfluences() {}

    /** Prints a row for each network and solver. */
    public static void main(String[] networks) {
        System.out.println("| network | p | solver | seconds | again | sum |");
        System.out.println("|---|---|---|---|---|---|");
        for (String network : networks) {
            DataSet digits = DigitNet.MLP.data(dev.fastif.examples.digits.Digits.training(DIGITS), DataType.FLOAT);
            if (network.equals("ROWS")) {
                DataSet rows = new DataSet(rows(digits.getFeatures()), digits.getLabels());
                measure(network, ofRows(rows), TrainingSet.of(rows));
            } else {
                Dl4jModel model = DigitNet.valueOf(network).trained(digits, 1);
                measure(network, model, TrainingSet.of(digits));
            }
        }
    }

    private static INDArray rows(INDArray pixels) {
        return pixels.reshape('c', pixels.size(0), SIDE, SIDE).sum(2).divi(SIDE);
    }

    /** 8-5-9 units with biases: 99 parameters; the ninth class is of two digits. */
    private static Dl4jModel ofRows(DataSet rows) {
        INDArray labels = rows.getLabels();
        INDArray nine = labels.getColumns(0, 1, 2, 3, 4, 5, 6, 7, 8);
        nine.getColumn(8).addi(labels.getColumn(9));
        rows.setLabels(nine);
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(1)
                .dataType(rows.getFeatures().dataType())
                .updater(new Adam(0.02))
                .activation(Activation.TANH)
                .l2(1e-3)
                .list(
                        new DenseLayer.Builder().nIn(SIDE).nOut(5).build(),
                        new OutputLayer.Builder(LossFunction.MCXENT)
                                .nIn(5)
                                .nOut(9)
                                .activation(Activation.SOFTMAX)
                                .build())
                .build());
        net.init();
        for (int epoch = 0; epoch < 30; epoch++) {
            rows.batchBy(32).forEach(net::fit);
        }
        return Dl4jModel.of(net);
    }

    private static void measure(String network, Dl4jModel model, TrainingSet trainingSet) {
        long p = model.parameters().size();
        try (InfluenceEngine engine = InfluenceEngine.builder(model, trainingSet)
                .index(ExactIndex::of)
                .inverseHvp(ConjugateGradient.builder().tolerance(1e-3).build())
                .build()) {
            measure(network, p, "conjugate gradients", engine);
        }
        try (InfluenceEngine engine = InfluenceEngine.builder(model, trainingSet)
                .index(ExactIndex::of)
                .build()) {
            measure(network, p, "by itself", engine);
        }
    }

    private static void measure(String network, long p, String solver, InfluenceEngine engine) {
        int[] all = IntStream.range(0, DIGITS).toArray();
        double[] seconds = new double[2];
        double sum = 0;
        for (int round = 0; round < seconds.length; round++) {
            long start = System.nanoTime();
            List<Influence> influences = engine.selfInfluences(Progress.none(), all);
            seconds[round] = (System.nanoTime() - start) * 1e-9;
            sum = influences.stream().mapToDouble(Influence::value).sum();
        }
        System.out.printf(
                Locale.ROOT,
                "| %s | %d | %s | %.1f | %.1f | %.5g |%n",
                network,
                p,
                solver,
                seconds[0],
                seconds[1],
                sum);
    }
}
