package dev.fastif.hvp;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import dev.fastif.core.InfluenceEngine;
import dev.fastif.core.TrainingSet;
import dev.fastif.hvp.dl4j.Dl4jModel;
import dev.fastif.knn.ExactIndex;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.math3.stat.correlation.PearsonsCorrelation;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** Softmax regression on real digits, trained by DL4J to convergence, against models retrained without one example. */
class Dl4jDigitsTest {
    private static final int ITERATIONS = 6000;

    private final GoldenDigits golden = new GoldenDigits();
    private final double l2 = golden.set.manifest().get("l2").doubleValue();

    @Test
    void influencePredictsLeavingOneOut() {
        DataSet digits = data("train");
        MultiLayerNetwork net = trained(digits);
        Dl4jModel model = Dl4jModel.of(net);
        INDArray gradient = model.gradient(Batch.of(digits.getFeatures(), digits.getLabels()));
        model.regularizer().addGradient(model.parameters(), model.parameterValues(), gradient);
        double slope = gradient.norm2Number().doubleValue();
        assertTrue(slope < 1e-4, () -> "the gradient at what DL4J trained is " + slope);

        int[] removed = golden.set.ints("loo_removed");
        INDArray actual = golden.set.array("loo_loss_change");
        DataSet tests = data("test");
        ConjugateGradient solver = ConjugateGradient.builder()
                .damping(golden.damping())
                .tolerance(1e-6)
                .maxIterations(2000)
                .build();
        List<Double> predicted = new ArrayList<>();
        List<Double> measured = new ArrayList<>();
        try (InfluenceEngine engine = InfluenceEngine.builder(model, TrainingSet.of(digits))
                .index(ExactIndex::of)
                .inverseHvp(solver)
                .build()) {
            for (int test = 0; test < Math.min(10, tests.numExamples()); test++) {
                Batch point = TrainingSet.of(tests).batch(test);
                engine.influences(point, removed).forEach(influence -> predicted.add(influence.changeIfRemoved()));
                for (int i = 0; i < removed.length; i++) {
                    measured.add(actual.getDouble(i, test));
                }
            }
        }
        double pearson = new PearsonsCorrelation().correlation(array(measured), array(predicted));
        assertTrue(pearson >= 0.99, () -> "Pearson " + pearson);
    }

    private static double[] array(List<Double> numbers) {
        return numbers.stream().mapToDouble(Double::doubleValue).toArray();
    }

    private MultiLayerNetwork trained(DataSet digits) {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(1)
                .dataType(DataType.DOUBLE)
                .updater(new Nesterovs(0.1, 0.95))
                .l2(l2)
                .l2Bias(l2)
                .list(new OutputLayer.Builder(LossFunction.MCXENT)
                        .nIn(digits.getFeatures().size(1))
                        .nOut(digits.getLabels().size(1))
                        .activation(Activation.SOFTMAX)
                        .build())
                .build());
        net.init();
        for (int i = 0; i < ITERATIONS; i++) {
            net.fit(digits);
        }
        return net;
    }

    private DataSet data(String part) {
        INDArray labels = golden.set.array("labels_" + part);
        long classes = golden.set.array("weights").size(0);
        INDArray oneHot = Nd4j.zeros(DataType.DOUBLE, labels.length(), classes);
        for (long i = 0; i < labels.length(); i++) {
            oneHot.putScalar(i, labels.getLong(i), 1);
        }
        return new DataSet(golden.set.array("features_" + part).castTo(DataType.DOUBLE), oneHot);
    }
}
