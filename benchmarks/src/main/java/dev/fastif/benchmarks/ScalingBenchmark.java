package dev.fastif.benchmarks;

import dev.fastif.core.Batch;
import dev.fastif.core.CandidateIndex;
import dev.fastif.core.DeviceGroup;
import dev.fastif.core.InfluenceEngine;
import dev.fastif.core.InfluenceResult;
import dev.fastif.core.Stage;
import dev.fastif.core.TrainingSet;
import dev.fastif.hvp.Lissa;
import dev.fastif.hvp.autodiff.GraphModel;
import dev.fastif.knn.ExactIndex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.commons.math3.stat.regression.SimpleRegression;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Time and memory of a question against each of its sizes, the others held: training examples N, recursion depth J, repeats T,
 * scored candidates k, workers, trained parameters p. For a classifier of MiniLM's shape, 40 tokens an example, random features.
 * Prints medians of {@value #RUNS} and, for each stage, the slope of the logarithms: 0 is flat, 1 is proportional. {@code
 * ScalingBenchmark [largest N]}; see {@code benchmarks/scaling}.
 */
public final class ScalingBenchmark {
    private static final int RUNS = 3;
    private static final int TOKENS = 40;
    private static final int DISTINCT = 64;
    private static final int HIDDEN = 384;
    private static final List<String[]> TRAINED = List.of(
            new String[] {"classifier.*"},
            new String[] {"classifier.*", "pooler.*"},
            new String[] {"classifier.*", "pooler.*", "layers.5.*"},
            new String[] {"*"});

    private final MiniLmShape shape = new MiniLmShape();
    private final Batch distinct = shape.batch(DISTINCT, TOKENS);
    private final Batch test = shape.batch(1, TOKENS);
    private final GraphModel model = shape.model();

    /**
     * A question's sizes.
     *
     * @param trained how much is trained, a position in {@link #TRAINED}
     */
    private record Sizes(int examples, int depth, int repeats, int candidates, int workers, int trained) {
        static final Sizes USUAL = new Sizes(10_000, 40, 1, 256, 1, TRAINED.size() - 1);
    }

    /** What one question took: seconds of three stages, and the process's own memory in GiB. */
    private record Cost(double search, double sTest, double scoring, double memory) {}

    /** A size that is varied: its values with the questions. */
    private record Axis(String name, List<Integer> values, List<Sizes> sizes) {}

    /** Prints a table for each size. */
    public static void main(String... arguments) {
        int largest = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 400_000;
        ScalingBenchmark benchmark = new ScalingBenchmark();
        benchmark.median(Sizes.USUAL); // the first question warms up
        for (Axis axis : benchmark.axes(largest)) {
            benchmark.print(axis);
        }
    }

    private List<Axis> axes(int largest) {
        Sizes usual = Sizes.USUAL;
        List<Axis> axes = new ArrayList<>();
        int[] examples = Arrays.stream(new int[] {1_000, 10_000, 100_000, 400_000})
                .filter(n -> n <= largest)
                .toArray();
        axes.add(axis("N", examples, n -> new Sizes(n, usual.depth, 1, usual.candidates, 1, usual.trained)));
        axes.add(axis("J", new int[] {20, 40, 80, 160}, j -> new Sizes(usual.examples, j, 1, 64, 1, usual.trained)));
        axes.add(axis("T", new int[] {1, 2, 4}, t -> new Sizes(usual.examples, 40, t, 64, 1, usual.trained)));
        axes.add(axis("k", new int[] {64, 256, 1024, 4096}, k -> new Sizes(usual.examples, 1, 1, k, 1, usual.trained)));
        int[] workers = Arrays.stream(new int[] {1, 2, 4, 8})
                .filter(n -> n <= Runtime.getRuntime().availableProcessors())
                .toArray();
        axes.add(axis("workers", workers, n -> new Sizes(usual.examples, 40, 8, 1024, n, usual.trained)));
        Axis trained = axis("p", new int[] {0, 1, 2, 3}, i -> new Sizes(usual.examples, 40, 1, 256, 1, i));
        axes.add(new Axis(
                trained.name(),
                trained.values().stream()
                        .map(i -> (int) model(i).parameters().size())
                        .toList(),
                trained.sizes()));
        return axes;
    }

    private static Axis axis(String name, int[] values, java.util.function.IntFunction<Sizes> sizes) {
        return new Axis(
                name,
                Arrays.stream(values).boxed().toList(),
                Arrays.stream(values).mapToObj(sizes).toList());
    }

    private void print(Axis axis) {
        System.out.printf(
                Locale.ROOT,
                "%n| %s | search s | s_test s | scoring s | memory GiB |%n|---|---|---|---|---|%n",
                axis.name());
        List<SimpleRegression> slopes = List.of(new SimpleRegression(), new SimpleRegression(), new SimpleRegression());
        for (int i = 0; i < axis.values().size(); i++) {
            Cost cost = median(axis.sizes().get(i));
            System.out.printf(
                    Locale.ROOT,
                    "| %,d | %.4f | %.3f | %.3f | %.2f |%n",
                    axis.values().get(i),
                    cost.search,
                    cost.sTest,
                    cost.scoring,
                    cost.memory);
            double[] times = {cost.search, cost.sTest, cost.scoring};
            for (int stage = 0; stage < times.length; stage++) {
                slopes.get(stage).addData(Math.log(axis.values().get(i)), Math.log(times[stage]));
            }
        }
        System.out.printf(
                Locale.ROOT,
                "| slope | %.2f | %.2f | %.2f | |%n",
                slopes.get(0).getSlope(),
                slopes.get(1).getSlope(),
                slopes.get(2).getSlope());
    }

    private Cost median(Sizes sizes) {
        List<Cost> costs = new ArrayList<>();
        INDArray features = Nd4j.randn(DataType.FLOAT, sizes.examples, HIDDEN);
        Lissa lissa = Lissa.builder()
                .recursionDepth(sizes.depth)
                .repeats(sizes.repeats)
                .residualExamples(1)
                .build();
        try (CandidateIndex index = ExactIndex.of(features);
                InfluenceEngine engine = InfluenceEngine.builder(
                                model(sizes.trained), new Repeated(TrainingSet.of(distinct), sizes.examples, TOKENS))
                        .index(index)
                        .inverseHvp(lissa)
                        .devices(DeviceGroup.cpu(sizes.workers))
                        .candidates(sizes.candidates)
                        .build()) {
            for (int run = 0; run < RUNS; run++) {
                InfluenceResult result = engine.topK(test);
                costs.add(new Cost(
                        seconds(result, Stage.PRESELECTION),
                        seconds(result, Stage.INVERSE_HVP),
                        seconds(result, Stage.SCORING),
                        ownMemory()));
            }
        } finally {
            features.close();
        }
        return new Cost(
                median(costs, Cost::search),
                median(costs, Cost::sTest),
                median(costs, Cost::scoring),
                median(costs, Cost::memory));
    }

    private GraphModel model(int trained) {
        return model.restrictedTo(TRAINED.get(trained));
    }

    private static double median(List<Cost> costs, java.util.function.ToDoubleFunction<Cost> value) {
        return costs.stream().mapToDouble(value).sorted().toArray()[costs.size() / 2];
    }

    private static double seconds(InfluenceResult result, Stage stage) {
        return result.timings().getOrDefault(stage, Duration.ZERO).toNanos() * 1e-9;
    }

    private static double ownMemory() {
        try {
            return Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith("RssAnon:"))
                    .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")) / (1 << 20))
                    .findFirst()
                    .orElse(Double.NaN);
        } catch (IOException e) {
            return Double.NaN; // not Linux
        }
    }
}
