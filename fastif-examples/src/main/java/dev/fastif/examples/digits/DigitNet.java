package dev.fastif.examples.digits;

import java.util.Locale;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** Networks as a user of DL4J would write them: nothing in them knows of influence. */
public enum DigitNet {
    /** 64-32-10 units. */
    MLP {
        @Override
        MultiLayerNetwork untrained(long seed) {
            return built(base(seed)
                    .list(
                            new DenseLayer.Builder().nIn(64).nOut(32).build(),
                            output().nIn(32).build()));
        }
    },

    /** One convolution of eight 3 x 3 kernels, pooling, 10 units. */
    CNN {
        @Override
        MultiLayerNetwork untrained(long seed) {
            return built(base(seed)
                    .list(
                            new ConvolutionLayer.Builder(3, 3).nIn(1).nOut(8).build(),
                            new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX)
                                    .kernelSize(2, 2)
                                    .stride(2, 2)
                                    .build(),
                            output().build())
                    .setInputType(InputType.convolutionalFlat(Digit.SIDE, Digit.SIDE, 1)));
        }
    };

    private static final double L2 = 1e-3;
    private static final double LEARNING_RATE = 5e-3;

    abstract MultiLayerNetwork untrained(long seed);

    private static MultiLayerNetwork built(NeuralNetConfiguration.ListBuilder layers) {
        MultiLayerNetwork net = new MultiLayerNetwork(layers.build());
        net.init();
        return net;
    }

    private static NeuralNetConfiguration.Builder base(long seed) {
        return new NeuralNetConfiguration.Builder()
                .seed(seed)
                .dataType(DataType.FLOAT)
                .updater(new Adam(LEARNING_RATE))
                .weightInit(WeightInit.XAVIER)
                .activation(Activation.TANH)
                .l2(L2);
    }

    private static OutputLayer.Builder output() {
        return new OutputLayer.Builder(LossFunction.MCXENT).nOut(Digit.CLASSES).activation(Activation.SOFTMAX);
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
