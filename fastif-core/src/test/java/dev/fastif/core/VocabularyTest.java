package dev.fastif.core;

import static dev.fastif.core.Failures.assertMentions;
import static dev.fastif.core.Failures.assertRejected;
import static dev.fastif.core.TestArrays.normal;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/** The small immutable types that everything else speaks in. */
class VocabularyTest {
    @Nested
    class Batches {
        private final INDArray features = normal(1, 3, 4);
        private final INDArray labels = Nd4j.createFromArray(0, 1, 1);

        @Test
        void holdsWhatItWasGiven() {
            Batch batch = Batch.of(features, labels);
            assertEquals(3, batch.size());
            assertEquals(List.of("features", "labels"), List.copyOf(batch.names()));
            assertSame(features, batch.get("features"));
            assertNull(batch.find("mask"));
            assertEquals("Batch of 3: features[3, 4] labels[3]", batch.toString());
        }

        @Test
        void changingACopyLeavesTheOriginal() {
            Batch batch = Batch.of(features, labels);
            Batch masked = batch.with("mask", normal(2, 3, 1));
            assertEquals(2, batch.names().size());
            assertEquals(3, masked.names().size());
            assertThrows(
                    UnsupportedOperationException.class, () -> batch.names().clear());
            Map<String, INDArray> arrays = new LinkedHashMap<>(Map.of("x", features));
            Batch fromMap = Batch.of(arrays);
            arrays.clear();
            assertSame(features, fromMap.get("x"));
        }

        @Test
        void whatDoesNotFitIsNamed() {
            assertRejected(() -> Batch.of(Map.of()), "arrays is empty", "at least one");
            assertRejected(() -> Batch.of(features, Nd4j.createFromArray(1, 2)), "'labels' has 2", "'features' has 3");
            assertRejected(
                    () -> Batch.of(features, Nd4j.createFromArray(1, 2, 3, 4)), "'labels' has 4", "'features' has 3");
            assertRejected(() -> Batch.of(Nd4j.scalar(1.0), labels), "'features'", "at least one example");
            assertRejected(() -> Batch.of(Nd4j.empty(DataType.DOUBLE), labels), "'features'", "at least one example");
            assertRejected(() -> Batch.of(features, labels).get("mask"), "'mask'", "[features, labels]");
        }
    }

    @Nested
    class TrainingSets {
        @ParameterizedTest
        @ValueSource(chars = {'c', 'f'})
        void batchesAreTheRowsOfTheIds(char order) {
            INDArray features = normal(3, 5, 2, 3).dup(order);
            INDArray labels = Nd4j.createFromArray(0, 1, 2, 3, 4);
            INDArray before = features.dup();
            TrainingSet set = TrainingSet.of(Batch.of(features, labels));
            for (int[] ids : new int[][] {{3, 0, 3}, {1}, {4, 3, 2, 1, 0, 0}}) {
                Batch batch = set.batch(ids);
                assertArrayEquals(
                        new long[] {ids.length, 2, 3}, batch.get("features").shape());
                assertEquals(DataType.INT32, batch.get("labels").dataType());
                for (int i = 0; i < ids.length; i++) {
                    assertEquals(before.slice(ids[i]), batch.get("features").slice(i));
                    assertEquals(ids[i], batch.get("labels").getInt(i));
                }
            }
            assertEquals(before, features);
            assertArrayEquals(new long[] {5, 2, 3}, features.shape());
            assertEquals(5, set.size());
        }

        @Test
        void viewsAreRead() {
            INDArray wide = normal(4, 5, 6);
            INDArray view = wide.getColumns(1, 4);
            INDArray transposed = normal(5, 2, 5).transpose();
            TrainingSet set = TrainingSet.of(Batch.of(view, transposed));
            assertEquals(wide.getDouble(2, 4), set.batch(2).get("features").getDouble(0, 1));
            assertEquals(
                    transposed.getDouble(3, 1), set.batch(0, 3).get("labels").getDouble(1, 1));
        }

        @Test
        void severalExamplesAreCopiedAndOneIsReadWhereItLies() {
            INDArray features = normal(6, 4, 2);
            INDArray before = features.dup();
            TrainingSet set = TrainingSet.of(Batch.of(Map.of("x", features)));
            set.batch(0, 1, 2, 3).get("x").addi(1);
            assertEquals(before, features);
            features.getRow(2).addi(1);
            assertEquals(features.slice(2), set.batch(2).get("x").slice(0));
            assertEquals(before.slice(1), set.batch(1).get("x").slice(0));
        }

        @Test
        void dataSetsCarryOver() {
            TrainingSet set = TrainingSet.of(new DataSet(normal(7, 4, 2), normal(8, 4, 3)));
            assertEquals(4, set.size());
            assertEquals(1, set.length(0));
            assertArrayEquals(
                    new long[] {2, 3}, set.batch(1, 3).get(Batch.LABELS).shape());
        }

        @Test
        void idsOutsideAndEmptySetsAreRejected() {
            TrainingSet set = TrainingSet.of(Batch.of(normal(9, 4, 2), normal(10, 4, 1)));
            assertMentions(IndexOutOfBoundsException.class, () -> set.batch(0, 4), "4");
            assertMentions(IndexOutOfBoundsException.class, () -> set.batch(-1), "-1");
            assertRejected(() -> TrainingSet.of(new DataSet()), "data has no examples");
        }
    }

    @Nested
    class Layouts {
        private final Map<String, long[]> shapes = new LinkedHashMap<>();

        Layouts() {
            shapes.put("w", new long[] {2, 3});
            shapes.put("b", new long[] {3});
            shapes.put("scale", new long[] {1});
        }

        @Test
        void parametersLieOneAfterTheOther() {
            ParameterLayout layout = ParameterLayout.of(shapes, DataType.FLOAT);
            assertEquals(10, layout.size());
            assertEquals(DataType.FLOAT, layout.dataType());
            assertEquals(List.of("w", "b", "scale"), List.copyOf(layout.names()));
            assertEquals(List.of(2L, 3L), layout.shape("w"));
            INDArray vector = Nd4j.arange(10).castTo(DataType.FLOAT);
            assertEquals(Nd4j.createFromArray(new float[][] {{0, 1, 2}, {3, 4, 5}}), layout.view(vector, "w"));
            assertEquals(Nd4j.createFromArray(6f, 7f, 8f), layout.view(vector, "b"));
            layout.view(vector, "w").putScalar(1, 2, 50);
            layout.view(vector, "scale").addi(1);
            assertEquals(50, vector.getDouble(5));
            assertEquals(10, vector.getDouble(9));
        }

        @Test
        void shapesOfTheCallerAreNotShared() {
            ParameterLayout layout = ParameterLayout.of(shapes, DataType.DOUBLE);
            shapes.values().iterator().next()[0] = 99;
            layout.view(normal(1, 10), "w").reshape(6);
            assertEquals(List.of(2L, 3L), layout.shape("w"));
        }

        @Test
        void whatDoesNotFitIsNamed() {
            ParameterLayout layout = ParameterLayout.of(shapes, DataType.DOUBLE);
            assertRejected(() -> layout.require("vector", normal(1, 9)), "vector", "[9]", "10 parameters");
            assertRejected(() -> layout.require("vector", normal(1, 1, 10)), "vector", "[1, 10]", "10 parameters");
            assertRejected(
                    () -> layout.require("vector", normal(1, 10).castTo(DataType.FLOAT)), "vector", "FLOAT", "DOUBLE");
            assertRejected(() -> layout.shape("v"), "'v'", "[w, b, scale]");
            assertRejected(() -> ParameterLayout.of(shapes, DataType.INT32), "dataType is INT", "FLOAT or DOUBLE");
            assertRejected(() -> ParameterLayout.of(Map.of(), DataType.FLOAT), "shapes is empty");
            assertRejected(
                    () -> ParameterLayout.of(Map.of("w", new long[] {2, 0}), DataType.FLOAT), "'w'", "no elements");
        }
    }

    @Nested
    class CandidateLists {
        @Test
        void holdsIdsAndDistances() {
            int[] ids = {4, 2};
            Candidates candidates = Candidates.of(ids, 0.5, 1.5);
            ids[0] = 9;
            candidates.ids()[1] = 9;
            assertEquals(2, candidates.size());
            assertEquals(4, candidates.id(0));
            assertArrayEquals(new int[] {4, 2}, candidates.ids());
            assertEquals(1.5, candidates.squaredDistance(1));
        }

        @Test
        void distancesMayBeUnknown() {
            assertTrue(Double.isNaN(Candidates.of(3, 1).squaredDistance(1)));
            assertArrayEquals(new int[] {0, 1, 2}, Candidates.all(3).ids());
        }

        @Test
        void lengthsMustAgree() {
            assertRejected(() -> Candidates.of(new int[] {1, 2, 3}, 0.5), "3 ids", "1 squaredDistances");
        }
    }

    @Nested
    class Queries {
        private final Batch point = Batch.of(normal(1, 1, 2), Nd4j.createFromArray(0));

        @Test
        void optionsReplaceDefaultsInACopy() {
            Query plain = Query.of(point);
            Query changed = plain.withTopK(3)
                    .withMeasurement(Measurement.logit(1))
                    .withCandidates(Candidates.of(7))
                    .withProgress(Progress.none());
            Measurement fallback = Loss.squaredError();
            assertEquals(5, plain.topKOr(5));
            assertSame(fallback, plain.measurementOr(fallback));
            assertNull(plain.candidates());
            assertEquals(3, changed.topKOr(5));
            assertEquals(Measurement.logit(1), changed.measurementOr(fallback));
            assertSame(point, changed.testPoints());
        }

        @Test
        void whatMakesNoSenseIsRejected() {
            Batch two = Batch.of(normal(1, 2, 2), Nd4j.createFromArray(0, 1));
            assertRejected(() -> Query.of(two), "testPoint has 2 examples", "exactly one");
            assertRejected(() -> Query.of(point).withTopK(0), "topK is 0", "at least 1");
            assertRejected(() -> Query.of(point).withTopK(-2), "topK is -2", "at least 1");
            assertRejected(() -> Query.of(point).withCandidates(Candidates.of()), "candidates is empty");
        }
    }
}
