package dev.fastif.benchmarks;

import dev.fastif.core.Batch;
import dev.fastif.examples.bert.BertClassifier;
import dev.fastif.examples.bert.BertConfig;
import dev.fastif.hvp.autodiff.GraphModel;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A classifier of MiniLM's shape with random weights, and random examples for it above its frozen layers. */
final class MiniLmShape {
    static final int HIDDEN = 384;
    static final int INTERMEDIATE = 1536;
    static final int CLASSES = 3;

    private static final BertConfig MINILM =
            new BertConfig(6, HIDDEN, 12, INTERMEDIATE, 30522, 512, BertConfig.NORM_EPSILON);

    private final GraphModel full = BertClassifier.of(MINILM, weights(), 2, 0.005);
    private final Random random = new Random(1);

    /** The part above the frozen layers. */
    GraphModel model() {
        return full.trainablePart();
    }

    /** Examples of so many tokens. */
    Batch batch(int size, int tokens) {
        return full.frozenPart().apply(tokenIds(size, tokens));
    }

    private Batch tokenIds(int size, int tokens) {
        int[][] ids = new int[size][tokens];
        float[][] mask = new float[size][tokens];
        int[] labels = new int[size];
        for (int i = 0; i < size; i++) {
            ids[i] = random.ints(tokens, 0, MINILM.vocabulary()).toArray();
            Arrays.fill(mask[i], 1);
            labels[i] = random.nextInt(CLASSES);
        }
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        arrays.put(BertClassifier.IDS, Nd4j.createFromArray(ids));
        arrays.put(BertClassifier.SEGMENTS, Nd4j.createFromArray(new int[size][tokens]));
        arrays.put(BertClassifier.MASK, Nd4j.createFromArray(mask));
        arrays.put(Batch.LABELS, Nd4j.createFromArray(labels));
        return Batch.of(arrays);
    }

    private static Map<String, INDArray> weights() {
        Map<String, INDArray> weights = new LinkedHashMap<>();
        int hidden = MINILM.hidden();
        for (String name : new String[] {"word", "position", "segment"}) {
            weights.put(name + ".weight", gaussian(name.equals("word") ? MINILM.vocabulary() : 512, hidden));
        }
        norm(weights, "norm");
        for (int layer = 0; layer < MINILM.layers(); layer++) {
            String prefix = "layers." + layer + ".";
            for (String name : new String[] {"query", "key", "value", "attn_out"}) {
                linear(weights, prefix + name, hidden, hidden);
            }
            norm(weights, prefix + "attn_norm");
            linear(weights, prefix + "inter", hidden, MINILM.intermediate());
            linear(weights, prefix + "out", MINILM.intermediate(), hidden);
            norm(weights, prefix + "out_norm");
        }
        linear(weights, "pooler", hidden, hidden);
        linear(weights, "classifier", hidden, CLASSES);
        return weights;
    }

    private static void linear(Map<String, INDArray> weights, String name, int in, int out) {
        weights.put(name + ".weight", gaussian(in, out));
        weights.put(name + ".bias", Nd4j.zeros(DataType.FLOAT, out));
    }

    private static void norm(Map<String, INDArray> weights, String name) {
        weights.put(name + ".weight", Nd4j.ones(DataType.FLOAT, MINILM.hidden()));
        weights.put(name + ".bias", Nd4j.zeros(DataType.FLOAT, MINILM.hidden()));
    }

    private static INDArray gaussian(int rows, int columns) {
        return Nd4j.randn(DataType.FLOAT, rows, columns).muli(0.04);
    }
}
