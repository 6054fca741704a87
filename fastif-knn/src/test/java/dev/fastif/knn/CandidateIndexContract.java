package dev.fastif.knn;

import static dev.fastif.knn.Features.grid;
import static dev.fastif.knn.Features.normal;
import static dev.fastif.knn.Features.rows;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.CandidateIndex;
import dev.fastif.core.Candidates;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * What every exact {@link CandidateIndex} promises: a test of a new index extends this class. The oracle sorts all
 * distances, computed in double precision from the numbers that the index was given.
 */
public abstract class CandidateIndexContract {
    /** Builds the index under test. */
    protected abstract CandidateIndex build(INDArray features);

    /** The numbers that the index compares: those it was given, unless it rounds them. */
    protected INDArray asCompared(INDArray array) {
        return array;
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, 1, 1",
        "1, 7, 3, 1",
        "2, 1, 1, 2",
        "13, 1, 5, 13",
        "101, 17, 1, 1",
        "101, 17, 3, 101",
        "997, 31, 33, 50",
        "997, 1, 65, 3",
        "211, 384, 2, 10",
        "8191, 3, 2, 100",
        "8192, 3, 2, 100",
        "8193, 3, 2, 100",
        "20011, 5, 3, 1000"
    })
    void equalsBruteForce(int n, int d, int q, int k) {
        for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE)) {
            assertExact(normal(n, n, d).castTo(type), normal(n + 1, q, d).castTo(type), k);
        }
    }

    @ParameterizedTest
    @CsvSource({"300, 2, 3, 40", "300, 2, 3, 299", "9001, 1, 4, 700", "9001, 1, 4, 9001", "500, 8, 2, 5"})
    void tiesAreBrokenById(int n, int d, int bound, int k) {
        for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE)) {
            assertExact(
                    grid(n, n, d, bound).castTo(type), grid(n + 1, 3, d, bound).castTo(type), k);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void copiesOfOneExampleAreOrderedById(DataType type) {
        INDArray one = normal(1, 1, 97).castTo(type);
        INDArray copies = one.repeat(0, 1009);
        assertExact(copies, one, 100);
        assertExact(copies, normal(2, 2, 97).castTo(type), 1009);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void anExampleIsItsOwnNearest(DataType type) {
        INDArray features = normal(3, 401, 13).castTo(type);
        try (CandidateIndex index = build(features)) {
            List<Candidates> found = index.search(features, 1);
            for (int i = 0; i < 401; i++) {
                assertEquals(i, found.get(i).id(0));
                assertEquals(0, found.get(i).squaredDistance(0));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void zeroVectorsAreExamplesAndQueriesLikeOthers(DataType type) {
        INDArray features = normal(4, 50, 6).castTo(type);
        features.getRow(31).assign(0);
        features.getRow(7).assign(0);
        INDArray zero = Nd4j.zeros(type, 1, 6);
        assertExact(features, zero, 20);
        assertExact(Nd4j.zeros(type, 20, 6), zero, 20);
        try (CandidateIndex index = build(features)) {
            assertArrayEquals(new int[] {7, 31}, index.search(zero, 2).get(0).ids());
        }
    }

    @ParameterizedTest
    @CsvSource({"FLOAT, 1e3", "FLOAT, 1e5", "FLOAT, -3e6", "DOUBLE, 1e6", "DOUBLE, 1e12"})
    void largeOffsetsCancel(DataType type, double offset) {
        INDArray features = normal(5, 3001, 11).addi(offset).castTo(type);
        INDArray queries = normal(6, 4, 11).addi(offset).castTo(type);
        assertExact(features, queries, 10);
        assertExact(features, queries, 500);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void queriesFarAwayAreAnswered(DataType type) {
        INDArray features = normal(7, 1013, 5).castTo(type);
        INDArray far = normal(8, 2, 5).addi(1e6).castTo(type);
        assertExact(features, far, 10);
        // so far that in float all distances look alike
        assertExact(features, normal(8, 2, 5).addi(3e8).castTo(type), 10);
    }

    @ParameterizedTest
    @ValueSource(doubles = {1e-20, 1e20, 1e30})
    protected void floatsWhoseSquaresLeaveTheRangeAreCompared(double scale) {
        INDArray features = normal(9, 499, 7).muli(scale).castTo(DataType.FLOAT);
        INDArray queries = normal(10, 2, 7).muli(scale).castTo(DataType.FLOAT);
        assertExact(features, queries, 20);
    }

    @Test
    void onlyOneColumnMatters() {
        INDArray features = normal(11, 2003, 3).muli(1e-3);
        features.getColumn(1).muli(1e6);
        assertExact(features.castTo(DataType.FLOAT), normal(12, 2, 3).castTo(DataType.FLOAT), 100);
    }

    @Test
    void storageOfTheFeaturesDoesNotMatter() {
        INDArray dense = normal(13, 211, 19);
        INDArray query = normal(14, 3, 19);
        INDArray rows = Nd4j.zeros(DataType.DOUBLE, 220, 19).get(NDArrayIndex.interval(4, 215), NDArrayIndex.all());
        INDArray columns = Nd4j.zeros(DataType.DOUBLE, 211, 30).get(NDArrayIndex.all(), NDArrayIndex.interval(7, 26));
        INDArray third = Nd4j.zeros(DataType.DOUBLE, 633, 19).get(NDArrayIndex.interval(1, 3, 633), NDArrayIndex.all());
        for (INDArray view : List.of(rows, columns, third)) {
            view.assign(dense);
            assertExact(view, query, 30);
        }
        assertExact(dense.dup('f'), query, 30);
        assertExact(dense.transpose().dup().transpose(), query, 30);
    }

    @Test
    void queriesMayHaveAnyStorageAndType() {
        INDArray features = normal(14, 307, 6);
        INDArray queries = normal(15, 5, 6).castTo(DataType.FLOAT);
        try (CandidateIndex index = build(features)) {
            List<Candidates> expected = index.search(queries.castTo(DataType.DOUBLE), 9);
            assertSame(expected, index.search(queries, 9));
            assertSame(expected, index.search(queries.dup('f'), 9));
            assertSame(expected, index.search(queries.transpose().dup().transpose(), 9));
            INDArray wide = Nd4j.zeros(DataType.DOUBLE, 10, 8);
            INDArray view = wide.get(NDArrayIndex.interval(2, 7), NDArrayIndex.interval(1, 7));
            view.assign(queries);
            assertSame(expected, index.search(view, 9));
        }
    }

    @Test
    void resultsDoNotDependOnTheOtherQueriesOrOnK() {
        INDArray features = normal(16, 1511, 24).castTo(DataType.FLOAT);
        INDArray queries = normal(17, 70, 24).castTo(DataType.FLOAT);
        try (CandidateIndex index = build(features)) {
            List<Candidates> all = index.search(queries, 40);
            assertEquals(70, all.size());
            for (int i = 0; i < 70; i += 23) {
                INDArray alone = queries.get(NDArrayIndex.interval(i, i + 1), NDArrayIndex.all());
                assertSame(all.subList(i, i + 1), index.search(alone, 40));
                int[] fewer = index.search(alone, 7).get(0).ids();
                assertArrayEquals(Arrays.copyOf(all.get(i).ids(), 7), fewer);
            }
        }
    }

    @Test
    void argumentsAreNotModified() {
        INDArray features = normal(18, 83, 5);
        INDArray queries = normal(19, 3, 5);
        INDArray featuresBefore = features.dup();
        INDArray queriesBefore = queries.dup();
        try (CandidateIndex index = build(features)) {
            index.search(queries, 11);
            assertEquals(83, index.size());
            assertEquals(5, index.dimension());
        }
        assertEquals(featuresBefore, features);
        assertEquals(queriesBefore, queries);
    }

    @Test
    void manyThreadsSearchAtOnce() throws Exception {
        INDArray features = normal(20, 4001, 16).castTo(DataType.FLOAT);
        INDArray queries = normal(21, 40, 16).castTo(DataType.FLOAT);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try (CandidateIndex index = build(features)) {
            List<Candidates> expected = index.search(queries, 25);
            Callable<List<Candidates>> search = () -> index.search(queries, 25);
            for (Future<List<Candidates>> found : threads.invokeAll(
                    IntStream.range(0, 8).mapToObj(i -> search).toList())) {
                assertSame(expected, found.get());
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void aClosedIndexSaysSo() {
        CandidateIndex index = build(normal(22, 5, 2));
        index.close();
        index.close();
        assertMentions(IllegalStateException.class, () -> index.search(normal(23, 1, 2), 1), "closed", "build another");
    }

    @Test
    void badQueriesAreRefused() {
        try (CandidateIndex index = build(normal(24, 20, 3))) {
            INDArray query = normal(25, 1, 3);
            assertRejected(() -> index.search(query, 0), "k is 0", "at least 1");
            assertRejected(() -> index.search(query, -4), "k is -4", "at least 1");
            assertRejected(() -> index.search(query, 21), "k is 21", "20 examples", "at most");
            assertRejected(() -> index.search(normal(26, 1, 4), 1), "[1, 4]", "[q, 3]");
            assertRejected(() -> index.search(Nd4j.zeros(3), 1), "[3]", "[q, 3]");
            assertRejected(() -> index.search(Nd4j.zeros(1, 1, 3), 1), "[1, 1, 3]", "[q, 3]");
            assertRejected(() -> index.search(Nd4j.valueArrayOf(2, 3, Double.NaN), 1), "queries", "6 non-finite");
            INDArray infinite = query.dup().putScalar(0, 1, Double.POSITIVE_INFINITY);
            assertRejected(() -> index.search(infinite, 1), "queries", "1 non-finite", "among 3");
            assertEquals(1, index.search(query, 1).size());
        }
    }

    @Test
    void badFeaturesAreRefused() {
        assertRejected(() -> build(Nd4j.zeros(DataType.FLOAT, 3)), "FLOAT", "[3]", "[N, d]");
        assertRejected(() -> build(Nd4j.zeros(DataType.FLOAT, 3, 2, 2)), "[3, 2, 2]", "[N, d]");
        assertRejected(() -> build(Nd4j.zeros(DataType.INT32, 3, 2)), "INT", "real numbers");
        assertRejected(() -> build(Nd4j.empty(DataType.FLOAT)), "at least 1");
        INDArray bad = normal(27, 4, 3).putScalar(2, 2, Double.NaN).putScalar(0, 1, Double.NEGATIVE_INFINITY);
        assertRejected(() -> build(bad), "features", "2 non-finite", "among 12");
    }

    /** Builds the index, searches, and compares ids and distances with sorting everything in double precision. */
    protected void assertExact(INDArray features, INDArray queries, int k) {
        double[][] points = rows(asCompared(features));
        double[][] asked = rows(asCompared(queries));
        try (CandidateIndex index = build(features)) {
            List<Candidates> found = index.search(queries, k);
            assertEquals(asked.length, found.size());
            for (int i = 0; i < asked.length; i++) {
                assertNearest(points, asked[i], k, found.get(i));
            }
        }
    }

    private static void assertNearest(double[][] points, double[] query, int k, Candidates found) {
        double[] distances = IntStream.range(0, points.length)
                .mapToDouble(id -> squaredDistance(points[id], query))
                .toArray();
        int[] expected = IntStream.range(0, points.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer id) -> distances[id])
                        .thenComparing(Comparator.naturalOrder()))
                .limit(k)
                .mapToInt(Integer::intValue)
                .toArray();
        assertArrayEquals(expected, found.ids());
        for (int j = 0; j < k; j++) {
            double distance = distances[expected[j]];
            assertEquals(distance, found.squaredDistance(j), 1e-12 * distance);
        }
    }

    private static double squaredDistance(double[] a, double... b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        }
        return sum;
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

    public static void assertRejected(Executable action, String... mentions) {
        assertMentions(IllegalArgumentException.class, action, mentions);
    }

    public static void assertMentions(Class<? extends Exception> type, Executable action, String... mentions) {
        String message = String.valueOf(assertThrows(type, action).getMessage());
        for (String mention : mentions) {
            assertTrue(message.contains(mention), () -> "'" + mention + "' is missing in: " + message);
        }
    }
}
