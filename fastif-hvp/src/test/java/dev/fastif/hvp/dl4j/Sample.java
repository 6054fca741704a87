package dev.fastif.hvp.dl4j;

import dev.fastif.core.Batch;
import dev.fastif.core.TestArrays;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A network and batches for it.
 *
 * @param layers the classes of its layers
 */
record Sample(String name, List<Layer> layers, @Nullable InputType input, List<Batch> batches) {
    static Sample rows(String name, Layer... layers) {
        return of(name, InputType.feedForward(5), batch(TestArrays.normal(1, Samples.N, 5), Samples.classes()), layers);
    }

    static Sample ids(String name, Layer... layers) {
        INDArray ids = Nd4j.createFromArray(new double[][] {{1}, {4}, {1}});
        return of(name, null, batch(ids, Samples.classes()), layers);
    }

    static Sample images(String name, Layer... layers) {
        INDArray images = TestArrays.normal(2, Samples.N, 2, 6, 5);
        return of(name, InputType.convolutional(6, 5, 2), batch(images, Samples.classes()), layers);
    }

    /** The same with the channels last. */
    static Sample imagesOfPixels(String name, Layer... layers) {
        INDArray images = TestArrays.normal(2, Samples.N, 6, 5, 2);
        InputType type = InputType.convolutional(6, 5, 2, CNN2DFormat.NHWC);
        return of(name, type, batch(images, Samples.classes()), layers);
    }

    static Sample sequences(String name, Layer... layers) {
        INDArray x = TestArrays.normal(3, Samples.N, 2, Samples.T);
        return of(name, InputType.recurrent(2), both(x, Samples.stepClasses()), layers);
    }

    static Sample pooledSequences(String name, Layer... layers) {
        INDArray x = TestArrays.normal(4, Samples.N, 2, Samples.T);
        return of(name, InputType.recurrent(2, Samples.T), both(x, Samples.classes()), layers);
    }

    static Sample unmaskedSequences(String name, Layer... layers) {
        INDArray x = TestArrays.normal(4, Samples.N, 2, Samples.T);
        return of(name, InputType.recurrent(2, Samples.T), batch(x, Samples.classes()), layers);
    }

    static Sample sequenceIds(String name, Layer... layers) {
        INDArray ids = Nd4j.createFromArray(new double[][] {{1, 4, 4, 0, 2}, {3, 1, 1, 1, 5}, {2, 2, 0, 5, 6}});
        return of(name, InputType.recurrent(7, Samples.T), both(ids, Samples.classes()), layers);
    }

    private static Sample of(String name, @Nullable InputType input, List<Batch> batches, Layer... layers) {
        return new Sample(name, new ArrayList<>(Arrays.asList(layers)), input, batches);
    }

    private static List<Batch> batch(INDArray features, INDArray labels) {
        return List.of(Samples.batch(features, labels));
    }

    private static List<Batch> both(INDArray features, INDArray labels) {
        return List.of(Samples.batch(features, labels), Samples.masked(features, labels));
    }

    MultiLayerNetwork net(DataType type) {
        NeuralNetConfiguration.ListBuilder builder = new NeuralNetConfiguration.Builder()
                .seed(7)
                .dataType(type)
                .weightInit(WeightInit.XAVIER)
                .list(layers.stream().map(Layer::clone).toArray(Layer[]::new));
        builder.validateOutputLayerConfig(false);
        if (input != null) {
            builder.setInputType(input);
        }
        MultiLayerNetwork net = new MultiLayerNetwork(builder.build());
        net.init();
        shake(net.params());
        return net;
    }

    /** Parameters of no special value: biases other than 0, variances other than 1. */
    private static void shake(INDArray params) {
        INDArray noise =
                TestArrays.normal(5, params.length()).castTo(params.dataType()).muli(0.2);
        params.addi(noise.reshape(params.shape()));
    }

    /** ND4J keeps the constants of some functions in single precision. */
    double tolerance() {
        boolean rounded = name.contains("hardsigmoid")
                || name.contains("HARDSIGMOID")
                || name.contains("rationaltanh")
                || name.contains("other gates")
                // the last of masked steps goes through a FLOAT array
                || name.contains("LastTimeStep");
        return rounded || hasDoubtfulGradient() ? 1e-6 : 1e-10;
    }

    /** Central differences magnify what DL4J rounds. */
    double slopeTolerance() {
        return name.contains("LastTimeStep") ? 1e-2 : 2e-6;
    }

    /** DL4J's mean score of MAE is divided by the number of outputs, its score of each example is not. */
    double scoreFactor() {
        return name.contains("MAE") ? 1.0 / Samples.CLASSES : 1;
    }

    /** Whether DL4J's own gradient is wrong. */
    boolean hasDoubtfulGradient() {
        return Arrays.stream(WrongGradient.values()).anyMatch(wrong -> wrong.isIn(name));
    }

    @Override
    public String toString() {
        return name;
    }
}
