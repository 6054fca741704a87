package dev.fastif.knn.faiss;

import static dev.fastif.knn.Features.normal;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.CandidateIndex;
import dev.fastif.core.Candidates;
import dev.fastif.knn.ExactIndex;
import dev.fastif.knn.Indexes;
import dev.fastif.knn.Recall;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** What FAISS's kinds promise beyond, or instead of, the contract of exact indexes. */
@RequiresFaiss
class FaissIndexTest {
    private static final int D = 24;

    /** Clustered points: 40 clusters, unlike what random lists would catch. */
    private final INDArray features = clustered(3001);

    private final INDArray queries = features.get(NDArrayIndex.interval(0, 30, 3001), NDArrayIndex.all())
            .dup()
            .addi(normal(3, 101, D).castTo(DataType.FLOAT).muli(0.1));

    @TempDir
    private Path folder;

    private static INDArray clustered(int n) {
        INDArray centres = normal(1, 40, D).muli(3);
        int[] owners = IntStream.range(0, n).map(i -> i * 7 % 40).toArray();
        return Nd4j.pullRows(centres, 1, owners).addi(normal(2, n, D)).castTo(DataType.FLOAT);
    }

    private static FaissIndex.Builder of(String factory) {
        return FaissIndex.builder().factory(factory);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Flat | 1 | 1",
                "IVF32,Flat | 0.97 | 0.75",
                "HNSW32,Flat | 0.99 | 0.9",
                "IVF32,SQ8 | 0.9 | 0.7",
                "PCA16,Flat | 0.6 | 0.4"
            })
    void recallIsAsStated(String factory, double mean, double lowest) {
        try (FaissIndex index = of(factory).build(features)) {
            Recall recall = Indexes.recallAt(100, index, features, 5);
            assertTrue(recall.mean() >= mean && recall.lowest() >= lowest, factory + " has " + recall);
        }
    }

    @Test
    void moreProbesAndMoreEffortFindMore() {
        double[] ivf = IntStream.of(1, 4, 32)
                .mapToDouble(nprobe -> recall(of("IVF32,Flat").nprobe(nprobe)))
                .toArray();
        assertTrue(ivf[0] < ivf[1] && ivf[1] < ivf[2], () -> Arrays.toString(ivf));
        assertEquals(1, ivf[2]);
        double[] hnsw = IntStream.of(1, 300, 2000)
                .mapToDouble(efSearch -> recall(of("HNSW3,Flat").efSearch(efSearch)))
                .toArray();
        assertTrue(hnsw[0] < hnsw[1] && hnsw[1] <= hnsw[2], () -> Arrays.toString(hnsw));
    }

    private double recall(FaissIndex.Builder builder) {
        // no clusters: neighbours lie in many lists
        INDArray scattered = normal(6, 3001, 8);
        try (FaissIndex index = builder.build(scattered)) {
            return Indexes.recallAt(50, index, scattered, 5).mean();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Flat", "IVF32,Flat", "HNSW16,Flat"})
    void distancesAreExactAndSorted(String factory) {
        try (CandidateIndex exact = ExactIndex.of(features);
                FaissIndex index = of(factory).build(features)) {
            Candidates all = exact.search(queries, 3001).get(0);
            double[] distances = new double[3001];
            IntStream.range(0, 3001).forEach(i -> distances[all.id(i)] = all.squaredDistance(i));
            Candidates found = index.search(queries, 200).get(0);
            for (int i = 0; i < 200; i++) {
                assertEquals(distances[found.id(i)], found.squaredDistance(i));
                assertTrue(i == 0 || found.squaredDistance(i - 1) <= found.squaredDistance(i));
            }
        }
    }

    /** Copies share a distance, and give a graph nothing to hold on to. */
    @ParameterizedTest
    @ValueSource(strings = {"Flat", "IVF8,Flat", "HNSW16,Flat"})
    void asManyAreFoundAsAreAskedFor(String factory) {
        INDArray copies = normal(4, 1, D).castTo(DataType.FLOAT).repeat(0, 997);
        for (INDArray points : List.of(copies, features.get(NDArrayIndex.interval(0, 997), NDArrayIndex.all()))) {
            try (FaissIndex index = of(factory).build(points)) {
                for (int k : new int[] {1, 500, 997}) {
                    int[] ids = index.search(queries, k).get(7).ids();
                    assertEquals(k, IntStream.of(ids).distinct().count());
                }
            }
        }
    }

    @Test
    void fewProbesStillGiveKOfThem() {
        try (FaissIndex index = of("IVF100,Flat").nprobe(1).build(features);
                CandidateIndex exact = ExactIndex.of(features)) {
            assertSame(exact.search(queries, 1500), index.search(queries, 1500));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Flat", "IVF32,Flat", "HNSW16,Flat", "IVF16,SQ8"})
    void aSavedIndexAnswersAsBefore(String factory) throws Exception {
        Path file = folder.resolve("index");
        FaissIndex.Builder builder = of(factory);
        try (FaissIndex index = (factory.startsWith("IVF") ? builder.nprobe(5) : builder).build(features)) {
            index.save(file);
            index.save(file);
            try (FaissIndex loaded = FaissIndex.load(file)) {
                assertEquals(factory, loaded.factory());
                assertEquals(3001, loaded.size());
                assertEquals(D, loaded.dimension());
                assertSame(index.search(queries, 60), loaded.search(queries, 60));
            }
        }
        try (var files = Files.list(folder)) {
            assertEquals(List.of(file), files.toList());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Flat", "IVF32,Flat", "HNSW16,Flat"})
    void theSameFeaturesGiveTheSameIndex(String factory) throws Exception {
        byte[][] saved = new byte[2][];
        for (int i = 0; i < 2; i++) {
            Path file = folder.resolve("index" + i);
            try (FaissIndex index = of(factory).build(features)) {
                index.save(file);
            }
            saved[i] = Files.readAllBytes(file);
        }
        assertArrayEquals(saved[0], saved[1]);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Flat", "IVF32,Flat", "HNSW16,Flat", "IVF16,SQ8"})
    void fourThreadsAnswerAsOne(String factory) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try (FaissIndex index = of(factory).build(features)) {
            List<Candidates> expected = index.search(queries, 80);
            List<Future<List<Candidates>>> found = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                found.add(threads.submit(() -> index.search(queries, 80)));
            }
            for (Future<List<Candidates>> each : found) {
                assertSame(expected, each.get());
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static void assertSame(List<Candidates> expected, List<Candidates> actual) {
        assertEquals(expected.size(), actual.size());
        for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(expected.get(i).ids(), actual.get(i).ids());
            for (int j = 0; j < expected.get(i).size(); j++) {
                assertEquals(expected.get(i).squaredDistance(j), actual.get(i).squaredDistance(j));
            }
        }
    }
}
