package dev.fastif.benchmarks;

import dev.fastif.core.Batch;
import dev.fastif.core.CurvatureMatrix;
import dev.fastif.core.InfluenceEngine;
import dev.fastif.core.InfluenceResult;
import dev.fastif.core.Query;
import dev.fastif.core.TrainingSet;
import dev.fastif.hvp.Lissa;
import dev.fastif.hvp.autodiff.GraphModel;
import dev.fastif.knn.ExactIndex;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** One question from end to end on MiniLM's shape, B = 1, T = 1: {@code benchmarks/jmh Question}. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2)
@Measurement(iterations = 5)
@Fork(1)
public class QuestionBenchmark {
    private static final int EXAMPLES = 1000;
    private static final int TOKENS = 40;

    /** The recursion depth J. */
    @Param({"100", "200"})
    int depth;

    /** The candidates k. */
    @Param({"100", "1000"})
    int candidates;

    private final MiniLmShape shape = new MiniLmShape();
    private final GraphModel model = shape.model();
    private final Batch testPoint = shape.batch(1, TOKENS);
    private final TrainingSet trainingSet = TrainingSet.of(shape.batch(EXAMPLES, TOKENS));
    private InfluenceEngine engine = engine(1, 1);

    /** Builds the index, which is not timed. */
    @Setup
    public void build() {
        engine.close();
        engine = engine(depth, candidates);
    }

    private InfluenceEngine engine(int recursionDepth, int k) {
        return InfluenceEngine.builder(model, trainingSet)
                .index(ExactIndex::of)
                .inverseHvp(Lissa.builder()
                        .recursionDepth(recursionDepth)
                        .residualExamples(1)
                        .build())
                .curvature(CurvatureMatrix.HESSIAN)
                .candidates(k)
                .build();
    }

    /** Preselection, s_test, scoring. */
    @Benchmark
    public InfluenceResult explain() {
        return engine.explain(Query.of(testPoint));
    }

    /** Ends the engine. */
    @TearDown
    public void close() {
        engine.close();
    }
}
