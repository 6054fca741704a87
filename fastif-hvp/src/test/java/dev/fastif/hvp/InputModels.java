package dev.fastif.hvp;

import dev.fastif.core.Batch;
import dev.fastif.core.Loss;
import dev.fastif.core.Model;
import dev.fastif.hvp.autodiff.FrozenPart;
import dev.fastif.hvp.autodiff.Graph;
import dev.fastif.hvp.autodiff.GraphModel;
import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.operations.Layers;
import dev.fastif.hvp.dl4j.Dl4jModel;
import dev.fastif.hvp.samediff.SameDiffModel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** The registry of kinds of models, each with arrays for all of its inputs. The numbers are 0 and 1, which every type can hold. */
final class InputModels {
    private static final int N = 4;
    private static final int D = 6;
    private static final int T = 3;
    private static final int C = 3;

    /**
     * A model and what it takes.
     *
     * @param arrays a batch of the model's own type
     */
    record Kind(String name, Model model, Map<String, INDArray> arrays) {}

    private final DataType type;
    private final List<Kind> kinds = new ArrayList<>();

    private InputModels(DataType type) {
        this.type = type;
    }

    static List<Kind> all(DataType type) {
        InputModels models = new InputModels(type);
        models.graphs();
        models.networks();
        models.sameDiffs();
        return models.kinds;
    }

    private void add(String name, Model model, Map<String, INDArray> arrays) {
        kinds.add(new Kind(name + " " + type, model, arrays));
    }

    private INDArray numbers(long seed, long... shape) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] bits = random.ints(LongStream.of(shape).reduce(1, Math::multiplyExact), 0, 2)
                .asDoubleStream()
                .toArray();
        return Nd4j.createFromArray(bits).castTo(type).reshape(shape);
    }

    private INDArray weights(long seed, long... shape) {
        Nd4j.getRandom().setSeed(seed);
        return Nd4j.rand(DataType.DOUBLE, shape).subi(0.5);
    }

    /** One class of each row. */
    private INDArray oneHot(int rows) {
        INDArray labels = Nd4j.zeros(type, rows, C);
        for (int i = 0; i < rows; i++) {
            labels.putScalar(i, i % C, 1);
        }
        return labels;
    }

    private INDArray classes() {
        return Nd4j.createFromArray(new double[] {0, 1, 1, 0}).castTo(type);
    }

    /** The last steps of some sequences are padding. */
    private INDArray mask() {
        return Nd4j.createFromArray(new double[][] {{1, 1, 1}, {1, 1, 0}, {1, 0, 0}, {1, 1, 1}})
                .castTo(type);
    }

    private static Map<String, INDArray> arrays(Object... namesAndArrays) {
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        for (int i = 0; i < namesAndArrays.length; i += 2) {
            arrays.put((String) namesAndArrays[i], (INDArray) namesAndArrays[i + 1]);
        }
        return arrays;
    }

    private void graphs() {
        add("graph, classes", rows(Loss.softmaxCrossEntropy(), C), features(classes()));
        add("graph, distributions", rows(Loss.softmaxCrossEntropy(), C), features(oneHot(N)));
        add("graph, numbers", rows(Loss.squaredError(), C), features(oneHot(N)));
        add("graph, one number", rows(Loss.binaryCrossEntropy(), 1), features(classes()));
        add("restricted graph", rows(Loss.softmaxCrossEntropy(), C).restrictedTo("v"), features(classes()));
        GraphModel frozen = rows(Loss.softmaxCrossEntropy(), C).restrictedTo("v");
        FrozenPart below = frozen.frozenPart();
        Batch activated = below.apply(Batch.of(features(classes())));
        String name = below.names().get(0);
        add(
                "above frozen activations",
                frozen.trainablePart(),
                arrays(name, activated.get(name), Batch.LABELS, classes()));
        add("graph of texts", texts(), arrays("ids", numbers(5, N, T), "mask", mask(), Batch.LABELS, classes()));
        add(
                "graph of sequences",
                sequences(),
                arrays("states", numbers(6, N, T, D), "mask", mask(), Batch.LABELS, classes()));
    }

    private Map<String, INDArray> features(INDArray labels) {
        return arrays(Batch.FEATURES, numbers(1, N, D), Batch.LABELS, labels);
    }

    private GraphModel rows(Loss loss, int outputs) {
        Graph.Builder builder = Graph.builder(type);
        Node hidden =
                Layers.tanh(Layers.linear(builder.input(Batch.FEATURES), builder.trainable("w", weights(2, D, D))));
        Node logits = Layers.linear(hidden, builder.trainable("v", weights(3, D, outputs)));
        return GraphModel.builder(builder.build(), logits, loss)
                .features(hidden)
                .build();
    }

    private GraphModel texts() {
        Graph.Builder builder = Graph.builder(type);
        Node ids = builder.input("ids");
        Node words = Layers.add(
                Layers.embedding(ids, builder.trainable("words", weights(4, 2, D))),
                Layers.embedding(Layers.positions(ids), builder.frozen("places", weights(5, T, D))));
        Node mixed = Layers.attention(words, words, words, builder.input("mask"), 2);
        Node first = Layers.token(mixed, 0);
        Node logits =
                Layers.linear(first, builder.trainable("v", weights(6, D, C)), builder.trainable("b", weights(7, C)));
        return GraphModel.builder(builder.build(), logits, Loss.softmaxCrossEntropy())
                .features(first)
                .build();
    }

    private GraphModel sequences() {
        Graph.Builder builder = Graph.builder(type);
        Node states = Layers.layerNorm(
                builder.input("states"),
                builder.trainable("gain", weights(8, D)),
                builder.trainable("shift", weights(9, D)),
                1e-3);
        Node read = Layers.attentionOfOne(
                Layers.token(states, 0),
                states,
                builder.trainable("key", weights(10, D, D)),
                builder.trainable("value", weights(11, D, D)),
                builder.trainable("bias", weights(12, D)),
                builder.input("mask"),
                2);
        Node logits = Layers.linear(Layers.gelu(read), builder.trainable("v", weights(13, D, C)));
        return GraphModel.builder(builder.build(), logits, Loss.softmaxCrossEntropy())
                .features(read)
                .build();
    }

    private NeuralNetConfiguration.Builder network() {
        return new NeuralNetConfiguration.Builder().dataType(type).seed(3).activation(Activation.TANH);
    }

    private void networks() {
        add("DL4J layers", Dl4jModel.of(dense()), features(oneHot(N)));
        add(
                "DL4J layers by differences",
                Dl4jModel.builder(dense())
                        .curvature(CurvatureMode.FINITE_DIFFERENCE)
                        .build(),
                features(oneHot(N)));
        Map<String, INDArray> masked = features(oneHot(N));
        masked.put(Batch.LABELS_MASK, Nd4j.ones(type, N, 1));
        add("DL4J layers, labels masked", Dl4jModel.of(dense()), masked);
        MultiLayerNetwork images = new MultiLayerNetwork(network()
                .list(
                        new ConvolutionLayer.Builder(2, 2).nOut(2).build(),
                        new OutputLayer.Builder(LossFunction.MCXENT)
                                .nOut(C)
                                .activation(Activation.SOFTMAX)
                                .build())
                .setInputType(InputType.convolutional(3, 3, 2))
                .build());
        images.init();
        add(
                "DL4J images",
                Dl4jModel.of(images),
                arrays(Batch.FEATURES, numbers(14, N, 2, 3, 3), Batch.LABELS, oneHot(N)));
        sequencesOfDl4j();
        ComputationGraph graph = new ComputationGraph(network()
                .graphBuilder()
                .addInputs("left", "right")
                .addLayer("a", new DenseLayer.Builder().nIn(D).nOut(2).build(), "left")
                .addLayer("b", new DenseLayer.Builder().nIn(D).nOut(2).build(), "right")
                .addLayer("out", output(4), "a", "b")
                .setOutputs("out")
                .build());
        graph.init();
        Map<String, INDArray> both = features(oneHot(N));
        both.put("features.1", numbers(15, N, D));
        add("DL4J graph", Dl4jModel.of(graph), both);
    }

    private void sequencesOfDl4j() {
        INDArray labels = oneHot(N * T).reshape(N, T, C).permute(0, 2, 1).dup('c');
        MultiLayerNetwork recurrent = new MultiLayerNetwork(network()
                .list(new LSTM.Builder().nIn(D).nOut(2).build(), steps())
                .build());
        recurrent.init();
        add(
                "DL4J sequences",
                Dl4jModel.of(recurrent),
                arrays(
                        Batch.FEATURES,
                        numbers(16, N, D, T),
                        Batch.LABELS,
                        labels,
                        Batch.FEATURES_MASK,
                        mask(),
                        Batch.LABELS_MASK,
                        mask()));
        MultiLayerNetwork words = new MultiLayerNetwork(network()
                .list(
                        new EmbeddingSequenceLayer.Builder()
                                .nIn(2)
                                .nOut(2)
                                .inputLength(T)
                                .build(),
                        steps())
                .build());
        words.init();
        add("DL4J words", Dl4jModel.of(words), arrays(Batch.FEATURES, numbers(17, N, T), Batch.LABELS, labels));
    }

    private static RnnOutputLayer steps() {
        return new RnnOutputLayer.Builder(LossFunction.MCXENT)
                .nIn(2)
                .nOut(C)
                .activation(Activation.SOFTMAX)
                .build();
    }

    private static OutputLayer output(int in) {
        return new OutputLayer.Builder(LossFunction.MCXENT)
                .nIn(in)
                .nOut(C)
                .activation(Activation.SOFTMAX)
                .build();
    }

    private MultiLayerNetwork dense() {
        MultiLayerNetwork net = new MultiLayerNetwork(network()
                .list(new DenseLayer.Builder().nIn(D).nOut(4).build(), output(4))
                .build());
        net.init();
        return net;
    }

    private void sameDiffs() {
        Map<String, INDArray> arrays = arrays("x", numbers(18, N, D), "y", oneHot(N));
        add("SameDiff", SameDiffModel.of(sameDiff()), arrays);
        add(
                "SameDiff by differences",
                SameDiffModel.builder(sameDiff())
                        .features("h")
                        .curvature(CurvatureMode.FINITE_DIFFERENCE)
                        .build(),
                arrays);
        SameDiff words = SameDiff.create();
        SDVariable ids = words.placeHolder("ids", DataType.INT32, -1);
        SDVariable table = words.var("table", weights(19, 2, D).castTo(type));
        loss(words, words.gather(table, ids, 0));
        add("SameDiff, ids", SameDiffModel.of(words), arrays("ids", numbers(20, N), "y", oneHot(N)));
    }

    private SameDiff sameDiff() {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("x", type, -1, D);
        SDVariable w = sd.var("w", weights(21, D, D).castTo(type));
        loss(sd, sd.math().tanh("h", x.mmul(w)));
        return sd;
    }

    private void loss(SameDiff sd, SDVariable hidden) {
        SDVariable y = sd.placeHolder("y", type, -1, C);
        SDVariable v = sd.var("v", weights(22, D, C).castTo(type));
        sd.loss().meanSquaredError("loss", y, hidden.mmul(v), null);
        sd.setLossVariables("loss");
    }
}
