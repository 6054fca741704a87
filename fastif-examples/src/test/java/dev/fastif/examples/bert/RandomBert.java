package dev.fastif.examples.bert;

import dev.fastif.hvp.autodiff.GraphModel;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Seeded weights where none are published, or none are wanted. */
final class RandomBert {
    static final int CLASSES = 3;

    private RandomBert() {}

    /** Every parameter of a small classifier, in DOUBLE. */
    static Map<String, INDArray> weights(BertConfig config, long seed) {
        Random random = new Random(seed);
        Map<String, INDArray> weights = new LinkedHashMap<>();
        BertWeights.shapes(config, true)
                .forEach((name, shape) ->
                        weights.put(name, normal(random, name.contains("norm.weight") ? 1 : 0, 0.3, shape)));
        addClassifier(weights, config.hidden(), random);
        return weights;
    }

    /** The encoder's weights with a random pooler and classifier, in the given type. */
    static Map<String, INDArray> withHead(BertWeights encoder, long seed, DataType type) {
        Random random = new Random(seed);
        int hidden = encoder.config().hidden();
        Map<String, INDArray> weights = new LinkedHashMap<>(encoder.parameters());
        weights.put("pooler.weight", normal(random, 0, 1 / Math.sqrt(hidden), hidden, hidden));
        weights.put("pooler.bias", normal(random, 0, 0.1, hidden));
        addClassifier(weights, hidden, random);
        return cast(weights, type);
    }

    /** The encoder's weights, its own pooler among them, with a random classifier. */
    static Map<String, INDArray> withClassifier(BertWeights encoder, long seed) {
        Map<String, INDArray> weights = new LinkedHashMap<>(encoder.parameters());
        addClassifier(weights, encoder.config().hidden(), new Random(seed));
        return cast(weights, DataType.FLOAT);
    }

    static Map<String, INDArray> cast(Map<String, INDArray> weights, DataType type) {
        Map<String, INDArray> cast = new LinkedHashMap<>(weights);
        cast.replaceAll((name, weight) -> weight.castTo(type));
        return cast;
    }

    /** A random direction in the model's parameters. */
    static INDArray direction(GraphModel model, long seed) {
        return normal(new Random(seed), 0, 1, model.parameters().size())
                .castTo(model.parameters().dataType());
    }

    private static void addClassifier(Map<String, INDArray> weights, int hidden, Random random) {
        weights.put("classifier.weight", normal(random, 0, 1 / Math.sqrt(hidden), hidden, CLASSES));
        weights.put("classifier.bias", normal(random, 0, 0.1, CLASSES));
    }

    private static INDArray normal(Random random, double mean, double deviation, long... shape) {
        double[] values = new double[Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact))];
        Arrays.setAll(values, i -> mean + deviation * random.nextGaussian());
        return Nd4j.createFromArray(values).reshape(shape);
    }
}
