package dev.fastif.benchmarks.race;

import dev.fastif.core.Curvature;
import dev.fastif.core.CurvatureMatrix;
import dev.fastif.core.InfluenceEngine;
import dev.fastif.core.InfluenceResult;
import dev.fastif.core.LinearOperator;
import dev.fastif.core.Progress;
import dev.fastif.core.Query;
import dev.fastif.core.Stage;
import dev.fastif.hvp.Lissa;
import dev.fastif.knn.ExactIndex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.apache.commons.math3.stat.correlation.SpearmansCorrelation;
import org.apache.commons.math3.stat.descriptive.rank.Median;
import org.nd4j.linalg.api.ndarray.INDArray;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * One question - J steps of LiSSA at B = 1, T = 1, then k candidates - answered by us and by the same computation written
 * plainly in torch, in turn, on the same weights and examples. Torch's share is measured on a few products and candidates
 * and multiplied, padded to 128 tokens as the published code does, and not padded.
 */
@Command(name = "race", description = "Races topK against plain torch.", mixinStandardHelpOptions = true)
final class Race implements Callable<Integer> {
    private static final double DAMP = 5e-3;
    private static final double SCALE = 1e4;
    /** Steps of LiSSA whose result is compared. */
    private static final int COMPARED_STEPS = 20;

    private static final int COMPARED_INFLUENCES = 100;
    private static final int CALIBRATION = 4;

    @Option(
            names = "--encoder",
            description = "minilm or bert-base (default: ${DEFAULT-VALUE}).",
            defaultValue = "minilm")
    private String encoder = "minilm";

    @Option(names = "--depth", paramLabel = "J", defaultValue = "1000", description = "Recursion depth J.")
    private int depth = 1000;

    @Option(names = "--candidates", paramLabel = "K", defaultValue = "1000", description = "Candidates k.")
    private int candidates = 1000;

    @Option(names = "--tokens", paramLabel = "N", defaultValue = "40", description = "Tokens of an example.")
    private int tokens = 40;

    @Option(names = "--repetitions", paramLabel = "N", defaultValue = "5", description = "Rounds of the race.")
    private int repetitions = 5;

    @Option(names = "--measured", paramLabel = "N", defaultValue = "50", description = "Torch's products, candidates.")
    private int measured = 50;

    @Option(names = "--quick", description = "One round, a fifth of J and k, fewer measurements.")
    private boolean quick;

    @Option(names = "--python", defaultValue = "/usr/bin/python3", description = "Python with torch.")
    private String python = "/usr/bin/python3";

    @Option(names = "--script", defaultValue = "benchmarks/src/main/python/race.py", description = "The torch side.")
    private Path script = Path.of("benchmarks/src/main/python/race.py");

    private final Random random = new Random(7);

    /** Medians of milliseconds for one product, one candidate, all of s_test, all of scoring, and both. */
    private record Times(double product, double candidate, double sTest, double scoring) {
        double all() {
            return sTest + scoring;
        }

        void print(String name) {
            System.out.printf(
                    Locale.ROOT,
                    "%-28s %10.2f %10.3f %10.2f %10.2f %10.2f%n",
                    name,
                    product,
                    candidate,
                    sTest * 1e-3,
                    scoring * 1e-3,
                    all() * 1e-3);
        }
    }

    /** Runs the race. */
    public static void main(String... arguments) {
        System.exit(new CommandLine(new Race()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException {
        if (quick) {
            repetitions = 1;
            depth = Math.max(1, depth / 5);
            candidates = Math.max(1, candidates / 5);
            measured = Math.max(1, measured / 5);
        }
        Shape shape = Arrays.stream(Shape.values())
                .filter(s -> s.toString().equals(encoder))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("--encoder is " + encoder + ": minilm or bert-base"));
        Path folder = Files.createTempDirectory("race");
        try (Torch torch = new Torch(python, script, folder, shape, candidates, tokens)) {
            System.out.printf(Locale.ROOT, "%s, p = %,d, torch %s%n", shape, torch.parameters(), torch.version());
            Task task = Task.read(folder, shape);
            compare(torch, task, folder);
            race(shape, torch, task);
        } finally {
            try (var files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(folder);
        }
        return 0;
    }

    /** The same order of examples must give the same s_test, and that the same influences. */
    private void compare(Torch torch, Task task, Path folder) throws IOException {
        RecordingSet recording = new RecordingSet(task.trainingSet());
        Lissa few = Lissa.builder().recursionDepth(COMPARED_STEPS).build();
        INDArray ours = few.solve(
                        Curvature.hessian(task.model(), recording),
                        task.model().gradient(task.testPoint()),
                        Progress.none())
                .value();
        torch.ask("s_test", "order", recording.first(COMPARED_STEPS), "damp", DAMP, "scale", SCALE);
        INDArray theirs = task.solution(folder);
        double difference = theirs.sub(ours).norm2Number().doubleValue()
                / theirs.norm2Number().doubleValue();
        int count = Math.min(COMPARED_INFLUENCES, candidates);
        double[] torchInfluences = torch.ask("influences", "order", range(count));
        double[] influences = task.model()
                .directionalDerivatives(
                        task.trainingSet().batch(IntStream.range(0, count).toArray()), theirs)
                .neg()
                .toDoubleVector();
        System.out.printf(
                Locale.ROOT,
                "same order of %d examples: s_test differs by %.2e; Spearman of %d influences for the same s_test %.6f%n",
                COMPARED_STEPS,
                difference,
                count,
                new SpearmansCorrelation().correlation(influences, torchInfluences));
    }

    private void race(Shape shape, Torch torch, Task task) throws IOException {
        int threads = bestThreads(torch);
        Map<Part, List<Double>> ours = new EnumMap<>(Part.class);
        Map<Part, List<Double>> padded = new EnumMap<>(Part.class);
        Map<Part, List<Double>> unpadded = new EnumMap<>(Part.class);
        try (InfluenceEngine engine = InfluenceEngine.builder(task.model(), task.trainingSet())
                .index(ExactIndex::of)
                .inverseHvp(Lissa.builder()
                        .recursionDepth(depth)
                        .residualExamples(1)
                        .build())
                .curvature(CurvatureMatrix.HESSIAN)
                .candidates(candidates)
                .build()) {
            engine.explain(Query.of(task.testPoint())); // warms up
            for (int round = 0; round < repetitions; round++) {
                InfluenceResult result = engine.explain(Query.of(task.testPoint()));
                add(ours, Part.PRODUCT, product(task));
                add(ours, Part.CANDIDATE, milliseconds(result, Stage.SCORING) / candidates);
                add(ours, Part.S_TEST, milliseconds(result, Stage.INVERSE_HVP));
                add(ours, Part.SCORING, milliseconds(result, Stage.SCORING));
                addTorch(padded, torch, true);
                addTorch(unpadded, torch, false);
            }
        }
        print(shape, threads, of(ours), ofTorch(padded), ofTorch(unpadded));
    }

    /** What is timed, in milliseconds: torch's steps are timed where ours are a whole solve. */
    private enum Part {
        PRODUCT,
        CANDIDATE,
        S_TEST,
        SCORING,
        STEP
    }

    private static void add(Map<Part, List<Double>> times, Part part, double... more) {
        List<Double> known = times.computeIfAbsent(part, unused -> new ArrayList<>());
        for (double time : more) {
            known.add(time);
        }
    }

    private void print(Shape shape, int threads, Times ours, Times padded, Times unpadded) {
        System.out.printf(
                Locale.ROOT,
                "J = %d, B = 1, T = 1, k = %d, %d tokens; medians of %d rounds; torch: %d threads, %d of each a round%n",
                depth,
                candidates,
                tokens,
                repetitions,
                threads,
                measured);
        System.out.printf(
                Locale.ROOT,
                "%-28s %10s %10s %10s %10s %10s%n",
                "",
                "HVP ms",
                "cand. ms",
                "s_test s",
                "scoring s",
                "topK s");
        ours.print("fastif");
        padded.print("torch, padded to 128");
        unpadded.print("torch, unpadded");
        System.out.printf(
                Locale.ROOT,
                "RATIOS encoder=%s hvp=%.1f candidate=%.1f s_test=%.1f scoring=%.1f topk_padded=%.1f topk_unpadded=%.1f"
                        + " scoring_unpadded=%.1f%n",
                shape,
                padded.product / ours.product,
                padded.candidate / ours.candidate,
                padded.sTest / ours.sTest,
                padded.scoring / ours.scoring,
                padded.all() / ours.all(),
                unpadded.all() / ours.all(),
                unpadded.scoring / ours.scoring);
    }

    private static Times of(Map<Part, List<Double>> times) {
        return new Times(
                median(times, Part.PRODUCT),
                median(times, Part.CANDIDATE),
                median(times, Part.S_TEST),
                median(times, Part.SCORING));
    }

    private Times ofTorch(Map<Part, List<Double>> times) {
        double candidate = median(times, Part.CANDIDATE);
        return new Times(
                median(times, Part.PRODUCT), candidate, median(times, Part.STEP) * depth, candidate * candidates);
    }

    private static double median(Map<Part, List<Double>> times, Part part) {
        return median(times.getOrDefault(part, List.of()).stream()
                .mapToDouble(Double::doubleValue)
                .toArray());
    }

    private static double median(double... values) {
        return new Median().evaluate(values);
    }

    /** The median of a few Hessian-vector products of single examples. */
    private double product(Task task) {
        Curvature curvature = Curvature.hessian(task.model(), task.trainingSet());
        INDArray v = task.model().gradient(task.testPoint());
        double[] times = new double[measured];
        for (int i = 0; i < measured; i++) {
            LinearOperator operator = curvature.on(random.nextInt(candidates));
            long start = System.nanoTime();
            operator.apply(v).close();
            times[i] = (System.nanoTime() - start) * 1e-6;
        }
        return median(times);
    }

    private void addTorch(Map<Part, List<Double>> times, Torch torch, boolean padded) throws IOException {
        add(times, Part.PRODUCT, torch.ask("hvps", "order", sample(measured), "padded", padded));
        add(
                times,
                Part.STEP,
                torch.ask("steps", "order", sample(measured), "padded", padded, "damp", DAMP, "scale", SCALE));
        add(times, Part.CANDIDATE, torch.ask("candidates", "order", sample(measured), "padded", padded));
    }

    /** As many threads as make torch's products fastest. */
    private int bestThreads(Torch torch) throws IOException {
        int best = 1;
        double least = Double.POSITIVE_INFINITY;
        for (int threads = 1; threads <= Runtime.getRuntime().availableProcessors(); threads *= 2) {
            torch.ask("threads", "count", threads);
            torch.ask("hvps", "order", sample(CALIBRATION), "padded", true);
            double time = median(torch.ask("hvps", "order", sample(CALIBRATION), "padded", true));
            if (time < least) {
                least = time;
                best = threads;
            }
        }
        torch.ask("threads", "count", best);
        return best;
    }

    private List<Integer> sample(int count) {
        return random.ints(count, 0, candidates).boxed().toList();
    }

    private static List<Integer> range(int count) {
        return IntStream.range(0, count).boxed().toList();
    }

    private static double milliseconds(InfluenceResult result, Stage stage) {
        return result.timings().getOrDefault(stage, Duration.ZERO).toNanos() * 1e-6;
    }
}
