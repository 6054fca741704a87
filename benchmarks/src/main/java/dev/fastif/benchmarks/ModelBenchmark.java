package dev.fastif.benchmarks;

import dev.fastif.core.Batch;
import dev.fastif.core.Curvature;
import dev.fastif.core.Progress;
import dev.fastif.core.TrainingSet;
import dev.fastif.hvp.Lissa;
import dev.fastif.hvp.autodiff.GraphModel;
import java.util.Arrays;
import java.util.Locale;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Times one Hessian-vector product, one gradient and the directional derivatives of a batch, on a random classifier of
 * MiniLM's shape above its frozen layers: {@code ModelBenchmark [tokens [batch size ...]]}.
 */
public final class ModelBenchmark {
    private static final int RUNS = 30;
    private static final int STEPS = 10;
    private static final long WARM_UP_NANOS = 4_000_000_000L;

    private final GraphModel model;
    private final INDArray vector;
    private final MiniLmShape shape = new MiniLmShape();

    private ModelBenchmark() {
        model = shape.model();
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
        System.out.printf(Locale.ROOT, "step of LiSSA %.2f%n", benchmark.step(tokens));
        for (int size : sizes) {
            Batch batch = benchmark.shape.batch(size, tokens);
            double derivatives = median(() -> benchmark.model.directionalDerivatives(batch, benchmark.vector));
            System.out.printf(
                    Locale.ROOT,
                    "batch %3d: HVP %8.2f, gradient %8.2f, directional derivatives %8.2f (%.3f an example)%n",
                    size,
                    median(() -> benchmark.model.hessianVectorProduct(batch, benchmark.vector)),
                    median(() -> benchmark.model.gradient(batch)),
                    derivatives,
                    derivatives / size);
        }
    }

    private double step(int tokens) {
        Curvature curvature = Curvature.hessian(model, TrainingSet.of(shape.batch(64, tokens)));
        Lissa lissa = Lissa.builder().recursionDepth(STEPS).residualExamples(1).build();
        return median(() -> lissa.solve(curvature, vector, Progress.none()).value()) / STEPS;
    }

    private interface Work {
        INDArray run();
    }

    private static double median(Work work) {
        long warmUp = System.nanoTime() + WARM_UP_NANOS;
        while (System.nanoTime() < warmUp) {
            work.run().close();
        }
        double[] times = new double[RUNS];
        for (int i = 0; i < RUNS; i++) {
            long start = System.nanoTime();
            work.run().close();
            times[i] = (System.nanoTime() - start) * 1e-6;
        }
        Arrays.sort(times);
        return times[RUNS / 2];
    }
}
