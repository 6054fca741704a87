package dev.fastif.benchmarks;

import dev.fastif.core.CandidateIndex;
import dev.fastif.core.Candidates;
import dev.fastif.knn.ExactIndex;
import java.util.concurrent.TimeUnit;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
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
import org.openjdk.jmh.annotations.Warmup;

/** The thousand nearest of many examples by exact search: {@code benchmarks/jmh Search}. FAISS: {@code benchmarks/preselection}. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class SearchBenchmark {
    private static final int DIMENSION = 384;
    private static final int NEIGHBOURS = 1000;

    /** Training examples N. */
    @Param({"1000", "10000", "100000", "390000"})
    int n;

    private CandidateIndex index = ExactIndex.of(Nd4j.zeros(DataType.FLOAT, 1, DIMENSION));
    private INDArray query = Nd4j.zeros(DataType.FLOAT, 1, DIMENSION);

    /** Makes the features. */
    @Setup
    public void features() {
        index = ExactIndex.of(Nd4j.rand(DataType.FLOAT, n, DIMENSION));
        query = Nd4j.rand(DataType.FLOAT, 1, DIMENSION);
    }

    /** One query. */
    @Benchmark
    public Candidates search() {
        return index.search(query, Math.min(n, NEIGHBOURS)).get(0);
    }
}
