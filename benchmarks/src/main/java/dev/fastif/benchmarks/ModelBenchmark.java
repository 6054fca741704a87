package dev.fastif.benchmarks;

import dev.fastif.core.Batch;
import dev.fastif.examples.bert.BertClassifier;
import dev.fastif.examples.bert.BertConfig;
import dev.fastif.hvp.autodiff.GraphModel;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Times one Hessian-vector product, one gradient and the directional derivatives of a batch, on a random classifier of
 * MiniLM's shape above its frozen layers: {@code ModelBenchmark [tokens [batch size ...]]}.
 */
public final class ModelBenchmark {
    private static final BertConfig MINILM = new BertConfig(6, 384, 12, 1536, 30522, 512, BertConfig.NORM_EPSILON);
    private static final int RUNS = 30;

    private final GraphModel model;
    private final GraphModel full;
    private final INDArray vector;
    private final Random random = new Random(1);

    private ModelBenchmark() {
        full = BertClassifier.of(MINILM, weights(), 2, 0.005);
        model = full.trainablePart();
        vector = model.parameterValues();
    }

    /** Prints a line for each batch size. */
    public static void main(String... arguments) {
        int tokens = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 40;
        int[] sizes = arguments.length > 1
                ? Arrays.stream(arguments).skip(1).mapToInt(Integer::parseInt).toArray()
                : new int[] {1, 16, 64};
        ModelBenchmark benchmark = new ModelBenchmark();
        System.out.printf(
                "p = %,d, %d tokens, median of %d runs, milliseconds%n",
                benchmark.model.parameters().size(), tokens, RUNS);
        for (int size : sizes) {
            Batch batch = benchmark.full.frozenPart().apply(benchmark.batch(size, tokens));
            System.out.printf(
                    Locale.ROOT,
                    "batch %3d: HVP %8.2f, gradient %8.2f, directional derivatives %8.2f (%.3f an example)%n",
                    size,
                    median(() -> benchmark.model.hessianVectorProduct(batch, benchmark.vector)),
                    median(() -> benchmark.model.gradient(batch)),
                    median(() -> benchmark.model.directionalDerivatives(batch, benchmark.vector)),
                    median(() -> benchmark.model.directionalDerivatives(batch, benchmark.vector)) / size);
        }
    }

    private interface Work {
        INDArray run();
    }

    private static double median(Work work) {
        double[] times = new double[RUNS];
        for (int i = -RUNS / 3; i < RUNS; i++) {
            long start = System.nanoTime();
            work.run().close();
            if (i >= 0) {
                times[i] = (System.nanoTime() - start) * 1e-6;
            }
        }
        Arrays.sort(times);
        return times[RUNS / 2];
    }

    private Batch batch(int size, int tokens) {
        int[][] ids = new int[size][tokens];
        float[][] mask = new float[size][tokens];
        int[] labels = new int[size];
        for (int i = 0; i < size; i++) {
            ids[i] = random.ints(tokens, 0, MINILM.vocabulary()).toArray();
            Arrays.fill(mask[i], 1);
            labels[i] = random.nextInt(3);
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
        linear(weights, "classifier", hidden, 3);
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
