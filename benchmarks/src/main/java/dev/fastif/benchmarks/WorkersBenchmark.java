package dev.fastif.benchmarks;

import dev.fastif.core.Batch;
import dev.fastif.core.Candidates;
import dev.fastif.core.Curvature;
import dev.fastif.core.CurvatureMatrix;
import dev.fastif.core.DeviceGroup;
import dev.fastif.core.InfluenceEngine;
import dev.fastif.core.InfluenceResult;
import dev.fastif.core.LengthBatches;
import dev.fastif.core.Progress;
import dev.fastif.core.Query;
import dev.fastif.core.Stage;
import dev.fastif.core.TrainingSet;
import dev.fastif.hvp.Lissa;
import dev.fastif.hvp.autodiff.GraphModel;
import dev.fastif.knn.ExactIndex;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Times s_test and scoring for a classifier of MiniLM's shape with one worker, several workers of one BLAS thread each, and
 * no workers but BLAS's own threads: {@code WorkersBenchmark [J [T [k]]]}. Ways are run in turn, medians of {@value #RUNS}.
 */
public final class WorkersBenchmark {
    private static final int RUNS = 3;
    private static final int TOKENS = 40;
    private static final int DISTINCT = 64;

    private final GraphModel model;
    private final TrainingSet trainingSet;
    private final Batch test;
    private final Lissa lissa;
    private final int candidates;

    private WorkersBenchmark(int depth, int repeats, int candidates) {
        MiniLmShape shape = new MiniLmShape();
        this.model = shape.model();
        this.trainingSet =
                new Repeated(TrainingSet.of(shape.batch(Math.min(DISTINCT, candidates), TOKENS)), candidates, TOKENS);
        this.test = shape.batch(1, TOKENS);
        this.lissa = Lissa.builder().recursionDepth(depth).repeats(repeats).build();
        this.candidates = candidates;
    }

    /** Seconds that s_test and scoring took. */
    private interface Way {
        double[] seconds();
    }

    /** Prints a line for each way. */
    public static void main(String... arguments) {
        int depth = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 200;
        int repeats = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 4;
        int candidates = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 1000;
        WorkersBenchmark benchmark = new WorkersBenchmark(depth, repeats, candidates);
        int processors = Runtime.getRuntime().availableProcessors();
        Way one = benchmark.workers(1);
        Way all = benchmark.workers(processors);
        String[] names = {"1 worker, 1 BLAS thread", processors + " workers, 1 BLAS thread each", "BLAS threads alone"};
        double[][][] times = measure(one, all, benchmark::caller);
        System.out.printf(
                Locale.ROOT, "J = %d, T = %d, k = %d; median seconds of %d runs%n", depth, repeats, candidates, RUNS);
        for (int way = 0; way < names.length; way++) {
            double sTest = median(times[way][0]);
            double scoring = median(times[way][1]);
            System.out.printf(
                    Locale.ROOT,
                    "%-32s s_test %7.2f, scoring %6.2f, both %7.2f%n",
                    names[way],
                    sTest,
                    scoring,
                    sTest + scoring);
        }
    }

    private static double[][][] measure(Way... ways) {
        double[][][] times = new double[ways.length][2][RUNS];
        for (int run = 0; run < RUNS; run++) {
            for (int way = 0; way < ways.length; way++) {
                double[] seconds = ways[way].seconds();
                for (int part = 0; part < 2; part++) {
                    times[way][part][run] = seconds[part];
                }
            }
        }
        return times;
    }

    private static double median(double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private Way workers(int count) {
        InfluenceEngine engine = InfluenceEngine.builder(model, trainingSet)
                .index(ExactIndex::of)
                .inverseHvp(lissa)
                .curvature(CurvatureMatrix.HESSIAN)
                .devices(DeviceGroup.cpu(count))
                .build();
        return () -> {
            InfluenceResult result = engine.explain(Query.of(test).withCandidates(Candidates.all(candidates)));
            return new double[] {seconds(result, Stage.INVERSE_HVP), seconds(result, Stage.SCORING)};
        };
    }

    private static double seconds(InfluenceResult result, Stage stage) {
        return result.timings().getOrDefault(stage, Duration.ZERO).toNanos() * 1e-9;
    }

    private double[] caller() {
        long start = System.nanoTime();
        INDArray s = lissa.solve(Curvature.hessian(model, trainingSet), model.gradient(test), Progress.none())
                .value();
        double sTest = (System.nanoTime() - start) * 1e-9;
        start = System.nanoTime();
        for (int[] ids : new LengthBatches(64, 2048)
                .of(trainingSet, IntStream.range(0, candidates).toArray())) {
            model.directionalDerivatives(trainingSet.batch(ids), s);
        }
        return new double[] {sTest, (System.nanoTime() - start) * 1e-9};
    }
}
