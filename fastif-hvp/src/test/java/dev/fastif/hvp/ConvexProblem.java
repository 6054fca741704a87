package dev.fastif.hvp;

import dev.fastif.core.Model;
import dev.fastif.core.Regularizer;
import dev.fastif.hvp.dl4j.Dl4jModel;
import dev.fastif.hvp.samediff.SameDiffModel;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.adapter.SingletonDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * A linear model with a bias that has no penalty, which libraries train to the minimum by full steps of descent.
 *
 * @param l2 the penalty is {@code l2 / 2} times the weights' squares
 */
record ConvexProblem(Kind kind, double l2) {
    private static final int N = 400;
    private static final int TESTS = 5;
    private static final int D = 4;
    private static final int STEPS = 300;

    enum Kind {
        RIDGE(0.4, LossFunction.MSE, Activation.IDENTITY),
        LOGISTIC(1, LossFunction.XENT, Activation.SIGMOID);

        /** Of descent: below 2 over the largest curvature. */
        private final double rate;

        private final LossFunction loss;
        private final Activation activation;

        Kind(double rate, LossFunction loss, Activation activation) {
            this.rate = rate;
            this.loss = loss;
            this.activation = activation;
        }
    }

    /** Trains anew. */
    interface Trainer {
        Trained train(DataSet examples);
    }

    /** A model of what was trained, and the library's own loss of a single example. */
    interface Trained {
        Model model();

        double loss(DataSet example);
    }

    DataSet training() {
        return part(IntStream.range(0, N).toArray());
    }

    List<DataSet> tests() {
        return IntStream.range(N, N + TESTS).mapToObj(this::part).toList();
    }

    private DataSet part(int... ids) {
        Nd4j.getRandom().setSeed(11);
        INDArray x = Nd4j.randn(DataType.DOUBLE, N + TESTS, D);
        INDArray truth = Nd4j.randn(DataType.DOUBLE, D, 1);
        INDArray y =
                x.mmul(truth).addi(Nd4j.randn(DataType.DOUBLE, N + TESTS, 1)).addi(0.5);
        if (kind == Kind.LOGISTIC) {
            INDArray chance = Nd4j.rand(DataType.DOUBLE, N + TESTS, 1);
            y = chance.lt(Transforms.sigmoid(y, true)).castTo(DataType.DOUBLE);
        }
        return new DataSet(x.getRows(ids), y.getRows(ids));
    }

    /**
     * DL4J's {@code fit} with all examples in one batch.
     *
     * @param averages whether it minimises the mean loss plus the penalty, or the sum plus the penalty
     */
    Trainer dl4j(boolean averages) {
        return examples -> {
            double rate = averages ? kind.rate : kind.rate / examples.numExamples();
            MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                    .seed(1)
                    .dataType(DataType.DOUBLE)
                    .miniBatch(averages)
                    .updater(new Sgd(rate))
                    .l2(l2)
                    .list(new OutputLayer.Builder(kind.loss)
                            .nIn(D)
                            .nOut(1)
                            .activation(kind.activation)
                            .build())
                    .build());
            net.init();
            for (int step = 0; step < STEPS; step++) {
                net.fit(examples);
            }
            return new OfDl4j(net, averages ? l2 / 2 : l2 / 2 / examples.numExamples());
        };
    }

    private record OfDl4j(MultiLayerNetwork net, double coefficient) implements Trained {
        @Override
        public Model model() {
            return Dl4jModel.builder(net)
                    .regularizer(Regularizer.weightDecay(Map.of("0_W", coefficient)))
                    .build();
        }

        @Override
        public double loss(DataSet example) {
            return net.scoreExamples(example, false).getDouble(0);
        }
    }

    /** SameDiff's {@code fit} with all examples in one batch. The penalty is of all variables: there is no bias. */
    Trainer sameDiff() {
        return examples -> {
            SameDiff sd = SameDiff.create();
            SDVariable x = sd.placeHolder("x", DataType.DOUBLE, -1, D);
            SDVariable y = sd.placeHolder("y", DataType.DOUBLE, -1, 1);
            SDVariable z = x.mmul(sd.var("w", Nd4j.zeros(DataType.DOUBLE, D, 1)));
            SDVariable each = kind == Kind.RIDGE
                    ? sd.math().square(z.sub(y))
                    : sd.nn().softplus(z).sub(y.mul(z));
            each.rename("each");
            sd.setLossVariables(each.mean("loss"));
            sd.setTrainingConfig(TrainingConfig.builder()
                    .updater(new Sgd(kind.rate))
                    .l2(l2)
                    .dataSetFeatureMapping("x")
                    .dataSetLabelMapping("y")
                    .build());
            sd.fit(new SingletonDataSetIterator(examples), STEPS);
            return new OfSameDiff(sd);
        };
    }

    private record OfSameDiff(SameDiff sd) implements Trained {
        @Override
        public Model model() {
            return SameDiffModel.of(sd);
        }

        @Override
        public double loss(DataSet example) {
            Map<String, INDArray> arrays = Map.of("x", example.getFeatures(), "y", example.getLabels());
            return sd.output(arrays, List.of("each")).values().iterator().next().getDouble(0);
        }
    }
}
