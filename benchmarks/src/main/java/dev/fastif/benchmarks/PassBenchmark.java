package dev.fastif.benchmarks;

import dev.fastif.core.Batch;
import dev.fastif.core.Curvature;
import dev.fastif.core.CurvatureMatrix;
import dev.fastif.core.Iteration;
import dev.fastif.core.Progress;
import dev.fastif.core.Recurrence;
import dev.fastif.core.TrainingSet;
import dev.fastif.hvp.Lissa;
import dev.fastif.hvp.autodiff.GraphModel;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Passes over a random classifier of MiniLM's shape, above its frozen layers: {@code benchmarks/jmh Pass}. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2, time = 3)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class PassBenchmark {
    private static final int STEPS = 20;

    /** Examples in the batch. */
    @Param({"1", "16"})
    int examples;

    /** Tokens of an example. */
    @Param("40")
    int tokens;

    private final MiniLmShape shape = new MiniLmShape();
    private final GraphModel model = shape.model();
    private INDArray vector = model.parameterValues();
    private INDArray start = vector.dup();
    private Batch batch = shape.batch(1, 2);
    private Curvature curvature = Curvature.hessian(model, TrainingSet.of(batch));

    /** Makes the examples. */
    @Setup
    public void examples() {
        batch = shape.batch(examples, tokens);
        curvature = Curvature.hessian(model, TrainingSet.of(shape.batch(64, tokens)));
    }

    /** Begins anew where the last iteration's updates began. */
    @TearDown(Level.Iteration)
    public void begin() {
        vector.assign(start);
    }

    /** H v into fresh memory. */
    @Benchmark
    public void hessianVectorProduct() {
        model.hessianVectorProduct(batch, vector).close();
    }

    /** Steps of LiSSA on batches of one shape, the first of which has been taken. */
    @State(Scope.Thread)
    public static class Steps {
        private @Nullable Iteration<Batch> iteration;

        /** Takes the first. */
        @Setup(Level.Iteration)
        public void open(PassBenchmark of) {
            Iteration<Batch> opened = of.model.iteration(
                    CurvatureMatrix.HESSIAN, new Recurrence(List.of(of.vector), 0.995, -1e-4, List.of(of.start)));
            opened.step(of.batch);
            iteration = opened;
        }

        /** Ends the iteration. */
        @TearDown(Level.Iteration)
        public void close() {
            opened().close();
        }

        private Iteration<Batch> opened() {
            return Objects.requireNonNull(iteration);
        }
    }

    /** A step of LiSSA, x = 0.995 x - H x / 1e4 + v in place. */
    @Benchmark
    public void stepInPlace(Steps steps) {
        steps.opened().step(batch);
    }

    /** The gradient of the batch. */
    @Benchmark
    public void gradient() {
        model.gradient(batch).close();
    }

    /** The derivatives of each example's loss along v. */
    @Benchmark
    public void directionalDerivatives() {
        model.directionalDerivatives(batch, vector).close();
    }

    /** One step of a solve by LiSSA with as many examples a step. */
    @Benchmark
    @OperationsPerInvocation(STEPS)
    public void stepOfLissa() {
        Lissa lissa = Lissa.builder()
                .recursionDepth(STEPS)
                .batchSize(examples)
                .residualExamples(1)
                .build();
        lissa.solve(curvature, start, Progress.none()).value().close();
    }
}
