package dev.fastif.examples.digits;

import dev.fastif.hvp.dl4j.Dl4jModel;
import java.util.List;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** Networks as a user of DL4J would write them: nothing in them knows of influence. */
public enum DigitNet {
    /** 64-32-10 units. */
    MLP {
        @Override
        NeuralNetConfiguration.ListBuilder layers(NeuralNetConfiguration.Builder base) {
            return base.list(hidden(), classes().nIn(HIDDEN).build());
        }
    },

    /** One convolution of eight 3 x 3 kernels, pooling, 10 units. */
    CNN {
        @Override
        NeuralNetConfiguration.ListBuilder layers(NeuralNetConfiguration.Builder base) {
            return base.list(
                            new ConvolutionLayer.Builder(3, 3).nIn(1).nOut(8).build(),
                            new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX)
                                    .kernelSize(2, 2)
                                    .stride(2, 2)
                                    .build(),
                            classes().build())
                    .setInputType(InputType.convolutionalFlat(Digit.SIDE, Digit.SIDE, 1));
        }
    },

    /** Reads a digit row by row: a sequence of 8 steps of 8 pixels, an LSTM of 16 units, 10 units on its last state. */
    LSTM {
        @Override
        NeuralNetConfiguration.ListBuilder layers(NeuralNetConfiguration.Builder base) {
            return base.list(
                    new LastTimeStep(new LSTM.Builder().nIn(Digit.SIDE).nOut(16).build()),
                    classes().nIn(16).build());
        }

        @Override
        INDArray features(INDArray pixels) {
            return pixels.reshape('c', pixels.size(0), Digit.SIDE, Digit.SIDE)
                    .permute(0, 2, 1)
                    .dup('c');
        }
    },

    /** 64-32-1 units that tell the number that is shown, by squared error: a regression. */
    REGRESSION {
        @Override
        NeuralNetConfiguration.ListBuilder layers(NeuralNetConfiguration.Builder base) {
            OutputLayer number = new OutputLayer.Builder(LossFunction.MSE)
                    .nIn(HIDDEN)
                    .nOut(1)
                    .activation(Activation.IDENTITY)
                    .build();
            return base.list(hidden(), number);
        }

        @Override
        INDArray labels(List<Integer> labels) {
            return Nd4j.createFromArray(
                            labels.stream().map(Integer::doubleValue).toArray(Double[]::new))
                    .reshape(labels.size(), 1);
        }
    };

    private static final int HIDDEN = 32;
    private static final double L2 = 1e-3;
    private static final double LEARNING_RATE = 5e-3;
    private static final int EPOCHS = 30;
    private static final int MINIBATCH = 32;

    abstract NeuralNetConfiguration.ListBuilder layers(NeuralNetConfiguration.Builder base);

    /** From pixels [n, 64] to what the network takes. */
    INDArray features(INDArray pixels) {
        return pixels;
    }

    /** What the network is to answer, [n, 10]; of a regression [n, 1]. */
    INDArray labels(List<Integer> labels) {
        INDArray classes = Nd4j.zeros(DataType.DOUBLE, labels.size(), Digit.CLASSES);
        for (int i = 0; i < labels.size(); i++) {
            classes.putScalar(i, labels.get(i), 1);
        }
        return classes;
    }

    /** Digits as the network takes them: the example of row i is digit i. */
    public DataSet data(List<Digit> digits, DataType type) {
        double[][] pixels = digits.stream()
                .map(digit -> digit.pixels().stream()
                        .mapToDouble(shade -> (double) shade / Digit.INK)
                        .toArray())
                .toArray(double[][]::new);
        List<Integer> labels = digits.stream().map(Digit::label).toList();
        INDArray features = features(Nd4j.createFromArray(pixels));
        return new DataSet(features.castTo(type), labels(labels).castTo(type));
    }

    /**
     * A network trained by DL4J on this data, in its precision; the same seed and data give the same network.
     *
     * @param data as {@link #data} makes it
     */
    public Dl4jModel trained(DataSet data, long seed) {
        NeuralNetConfiguration.Builder base = new NeuralNetConfiguration.Builder()
                .seed(seed)
                .dataType(data.getFeatures().dataType())
                .updater(new Adam(LEARNING_RATE))
                .weightInit(WeightInit.XAVIER)
                .activation(Activation.TANH)
                .l2(L2);
        MultiLayerNetwork net = new MultiLayerNetwork(layers(base).build());
        net.init();
        for (int epoch = 0; epoch < EPOCHS; epoch++) {
            DataSet shuffled = data.copy();
            shuffled.shuffle(seed + epoch);
            shuffled.batchBy(MINIBATCH).forEach(net::fit);
        }
        return Dl4jModel.of(net);
    }

    private static DenseLayer hidden() {
        return new DenseLayer.Builder()
                .nIn(Digit.SIDE * Digit.SIDE)
                .nOut(HIDDEN)
                .build();
    }

    private static OutputLayer.Builder classes() {
        return new OutputLayer.Builder(LossFunction.MCXENT).nOut(Digit.CLASSES).activation(Activation.SOFTMAX);
    }
}
