package dev.fastif.benchmarks;

import dev.fastif.core.CandidateIndex;
import dev.fastif.core.Candidates;
import dev.fastif.knn.ExactIndex;
import dev.fastif.knn.Recall;
import dev.fastif.knn.faiss.FaissIndex;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Times building, searching, saving and loading of indexes of random clustered features, and measures their recall:
 * {@code PreselectionBenchmark [N [index ...]]}, an index being {@code exact} or a factory string of FAISS's. HNSW gets at
 * most 100,000 examples. All processors build. Memory is what the process grew by: give the Java heap a fixed size that is
 * touched at the start ({@code -Xms2g -Xmx2g -XX:+AlwaysPreTouch}), or it hides in it. Which FAISS is used: {@code -Dfastif.faiss.native=generic} or {@code avx2}.
 */
public final class PreselectionBenchmark {
    private static final int DIMENSION = 768;
    private static final int NEIGHBOURS = 1000;
    private static final int CLUSTERS = 1000;
    private static final int MOST_IN_GRAPH = 100_000;
    private static final int[] QUERIES = {1, 10, 100};
    private static final int RUNS = 5;
    private static final int RUNS_IF_SLOW = 3;
    private static final double WARM_UP_SECONDS = 2;
    private static final double SLOW_SECONDS = 10;

    private final INDArray features;
    private final INDArray queries;
    private final int k;

    private PreselectionBenchmark(INDArray features, INDArray queries) {
        this.features = features;
        this.queries = queries;
        this.k = (int) Math.min(NEIGHBOURS, features.size(0));
    }

    /** Prints a line for each index. */
    public static void main(String... arguments) throws IOException {
        int n = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 390_000;
        List<String> kinds = arguments.length > 1
                ? Arrays.asList(arguments).subList(1, arguments.length)
                : List.of("exact", "Flat", "IVF1024,Flat", "HNSW32,Flat");
        Nd4j.getRandom().setSeed(1);
        INDArray centres = Nd4j.randn(DataType.FLOAT, CLUSTERS, DIMENSION);
        INDArray features = clustered(centres, n);
        INDArray queries = clustered(centres, 100);
        System.out.printf(
                Locale.ROOT,
                "%,d x %d features in %d clusters, k = %d, %s%n",
                n,
                DIMENSION,
                CLUSTERS,
                NEIGHBOURS,
                FaissIndex.nativeLibrary());
        new PreselectionBenchmark(features, queries).printReading();
        System.out.printf(
                Locale.ROOT,
                "%-20s %9s %8s %9s %9s %9s %8s %8s %7s%n",
                "index",
                "build s",
                "MiB",
                "1 ms",
                "10 ms",
                "100 ms",
                "save s",
                "load s",
                "recall");
        for (String kind : kinds) {
            INDArray some = kind.startsWith("HNSW") && n > MOST_IN_GRAPH ? rows(features, 0, MOST_IN_GRAPH) : features;
            new PreselectionBenchmark(some, queries).print(kind);
        }
    }

    private static INDArray clustered(INDArray centres, int n) {
        INDArray points = Nd4j.createUninitialized(DataType.FLOAT, n, DIMENSION);
        int block = 10_000;
        for (int start = 0; start < n; start += block) {
            int end = Math.min(n, start + block);
            int[] owners = IntStream.range(start, end)
                    .map(i -> (int) (i * 7919L % CLUSTERS))
                    .toArray();
            try (INDArray noise = Nd4j.randn(DataType.FLOAT, end - start, DIMENSION)) {
                points.get(NDArrayIndex.interval(start, end), NDArrayIndex.all())
                        .assign(noise.addi(Nd4j.pullRows(centres, 1, owners)));
            }
        }
        return points;
    }

    private static INDArray rows(INDArray matrix, int start, int end) {
        return matrix.get(NDArrayIndex.interval(start, end), NDArrayIndex.all()).dup('c');
    }

    /** The time that no exact search can beat: reading all features once, by all processors. */
    private void printReading() {
        int threads = Runtime.getRuntime().availableProcessors();
        FloatPointer all = new FloatPointer(features.data().pointer());
        long share = (features.length() + threads - 1) / threads;
        double seconds = median(() -> IntStream.range(0, threads)
                .parallel()
                .forEach(i -> read(all, i * share, Math.min(features.length(), (i + 1) * share))));
        System.out.printf(
                Locale.ROOT,
                "reading all features once, %d threads: %.1f ms (%.1f GB/s)%n",
                threads,
                seconds * 1e3,
                features.length() * 4 / seconds * 1e-9);
    }

    private static void read(FloatPointer all, long start, long end) {
        float[] cached = new float[1 << 14];
        for (long at = start; at < end; at += 1 << 28) {
            FloatBuffer buffer =
                    all.getPointer(at).capacity(Math.min(end - at, 1 << 28)).asBuffer();
            while (buffer.remaining() >= cached.length) {
                buffer.get(cached);
            }
        }
    }

    private void print(String kind) throws IOException {
        long before = residentMebibytes();
        long start = System.nanoTime();
        try (CandidateIndex index = build(kind)) {
            double build = secondsSince(start);
            long memory = residentMebibytes() - before;
            StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%-20s %9.2f %8d", kind, build, memory));
            for (int count : QUERIES) {
                INDArray some = rows(queries, 0, count);
                line.append(String.format(Locale.ROOT, " %9.1f", 1e3 * median(() -> index.search(some, k))));
            }
            line.append(savingAndLoading(index));
            line.append(String.format(Locale.ROOT, " %7.3f", recall(index)));
            System.out.println(line);
        }
    }

    private CandidateIndex build(String kind) {
        return kind.equals("exact")
                ? ExactIndex.of(features)
                : FaissIndex.builder()
                        .factory(kind)
                        .buildThreads(Runtime.getRuntime().availableProcessors())
                        .build(features);
    }

    private double recall(CandidateIndex index) {
        try (CandidateIndex exact = ExactIndex.of(features)) {
            List<Candidates> truth = exact.search(queries, k);
            return Recall.of(index.search(queries, k), truth).mean();
        }
    }

    private static String savingAndLoading(CandidateIndex index) throws IOException {
        if (!(index instanceof FaissIndex faiss)) {
            return String.format(Locale.ROOT, "%9s %8s", "-", "-");
        }
        Path file = Files.createTempFile("fastif", ".index");
        try {
            long start = System.nanoTime();
            faiss.save(file);
            double save = secondsSince(start);
            start = System.nanoTime();
            FaissIndex.load(file).close();
            return String.format(Locale.ROOT, " %8.2f %8.2f", save, secondsSince(start));
        } finally {
            Files.delete(file);
        }
    }

    private static double median(Runnable work) {
        long warm = System.nanoTime();
        do {
            work.run();
        } while (secondsSince(warm) < WARM_UP_SECONDS);
        double[] times = new double[secondsSince(warm) > SLOW_SECONDS ? RUNS_IF_SLOW : RUNS];
        for (int i = 0; i < times.length; i++) {
            long start = System.nanoTime();
            work.run();
            times[i] = secondsSince(start);
        }
        Arrays.sort(times);
        return times[times.length / 2];
    }

    private static double secondsSince(long start) {
        return (System.nanoTime() - start) * 1e-9;
    }

    private static long residentMebibytes() throws IOException {
        // what JavaCPP's arrays held is freed by a thread of its own, some time after the collection
        for (int i = 0; i < 3; i++) {
            System.gc();
            LockSupport.parkNanos(500_000_000);
        }
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                        .filter(line -> line.startsWith("VmRSS"))
                        .flatMapToLong(line -> LongStream.of(Long.parseLong(line.replaceAll("[^0-9]", ""))))
                        .sum()
                / 1024;
    }
}
