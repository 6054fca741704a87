package dev.fastif.examples.bert;

import dev.fastif.core.Loss;
import dev.fastif.core.Regularizer;
import dev.fastif.core.internal.Check;
import dev.fastif.hvp.autodiff.Graph;
import dev.fastif.hvp.autodiff.GraphModel;
import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.operations.Layers;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A BERT sequence classifier as a {@link GraphModel}: embeddings and the first layers frozen; the last layers, the pooler
 * {@code tanh(W x_CLS + b)} and the classifier trained, by softmax cross-entropy. Its features are the pooled
 * representations [n, hidden].
 *
 * <p>Batches carry {@link #IDS}, {@link #SEGMENTS}, {@link #MASK} (all [n, t]) and, for losses, class indices [n] as
 * labels. Nothing but keys and values of the last layer is computed for tokens other than [CLS].
 */
public final class BertClassifier {
    /** Token ids [n, t], whole numbers. */
    public static final String IDS = "ids";

    /** Segment ids [n, t]: 0 for the first sentence, 1 for the second. */
    public static final String SEGMENTS = "segments";

    /** 1 for real tokens, 0 for padding, [n, t]. */
    public static final String MASK = "mask";

    private static final String POOLER = "pooler";
    private static final String CLASSIFIER = "classifier";

    private BertClassifier() {}

    /**
     * Returns the classifier.
     *
     * @param config the encoder's sizes
     * @param weights every parameter of the encoder under its canonical name (see {@link BertWeights}), and {@code
     *     pooler.weight [hidden, hidden]}, {@code pooler.bias [hidden]}, {@code classifier.weight [hidden, classes]},
     *     {@code classifier.bias [classes]}
     * @param trainableLayers how many of the last layers are trained, from 0 to all
     * @param weightDecay the coefficient of {@code |theta|^2} over the trained matrices (neither biases nor norms)
     * @return a model of the weights' data type, FLOAT or DOUBLE
     */
    public static GraphModel of(
            BertConfig config, Map<String, INDArray> weights, int trainableLayers, double weightDecay) {
        Check.argument(
                trainableLayers >= 0 && trainableLayers <= config.layers(),
                "trainableLayers is %d: the encoder has %d layers",
                trainableLayers,
                config.layers());
        Graph.Builder graph = Graph.builder(dataType(weights));
        BertLayers layers = new BertLayers(graph, config, weights, config.layers() - trainableLayers);
        Node states = layers.embeddings();
        for (int layer = 0; layer < config.layers() - 1; layer++) {
            states = layers.layer(layer, states);
        }
        Node first = layers.lastLayerOfFirstToken(states);
        Node pooled = Layers.tanh(layers.trainedLinear(POOLER, first));
        Node logits = layers.trainedLinear(CLASSIFIER, pooled);
        return GraphModel.builder(graph.build(), logits, Loss.softmaxCrossEntropy())
                .features(pooled)
                .regularizer(Regularizer.weightDecay(weightDecay).excluding("bias", "norm"))
                .build();
    }

    private static DataType dataType(Map<String, INDArray> weights) {
        INDArray any = weights.get(CLASSIFIER + ".weight");
        if (any == null) {
            throw new IllegalArgumentException("weights have no 'classifier.weight': they have " + weights.keySet());
        }
        return any.dataType();
    }
}
