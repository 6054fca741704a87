package dev.fastif.examples.nli;

import dev.fastif.examples.bert.BertClassifier;
import dev.fastif.examples.bert.BertConfig;
import dev.fastif.examples.bert.BertWeights;
import dev.fastif.hvp.autodiff.GraphModel;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A pretrained encoder with a random pooler, where it has none, and a random classifier. */
final class UntrainedClassifier {
    /** The model of the paper trains its last two layers, the pooler and the classifier. */
    private static final int TRAINABLE_LAYERS = 2;

    private static final double INITIAL_DEVIATION = 0.02;

    private UntrainedClassifier() {}

    /**
     * The classifier of these classes.
     *
     * @param encoder its weights; a pooler of its own is kept
     * @param weightDecay of the training objective
     * @param seed of the random parameters
     */
    static GraphModel of(BertWeights encoder, int classes, double weightDecay, long seed) {
        BertConfig config = encoder.config();
        Map<String, INDArray> weights = new LinkedHashMap<>(encoder.parameters());
        int hidden = config.hidden();
        weights.putIfAbsent("pooler.weight", random(seed, hidden, hidden));
        weights.putIfAbsent("pooler.bias", Nd4j.zeros(DataType.FLOAT, hidden));
        weights.put("classifier.weight", random(seed + 1, hidden, classes));
        weights.put("classifier.bias", Nd4j.zeros(DataType.FLOAT, classes));
        return BertClassifier.of(config, weights, TRAINABLE_LAYERS, weightDecay);
    }

    /** Normal deviates, independent of ND4J's global generator. */
    private static INDArray random(long seed, int rows, int columns) {
        Random random = new Random(seed);
        float[][] values = new float[rows][columns];
        for (float[] row : values) {
            for (int i = 0; i < columns; i++) {
                row[i] = (float) (INITIAL_DEVIATION * random.nextGaussian());
            }
        }
        return Nd4j.createFromArray(values);
    }
}
