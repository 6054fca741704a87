package dev.fastif.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.TestDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;

/** Training sets of ND4J's data sets and iterators, and of a user's function. */
class DataSetTrainingSetTest {
    private static final INDArray X = Nd4j.arange(20).castTo(DataType.DOUBLE).reshape(5, 4);
    private static final INDArray Y = Nd4j.eye(5).castTo(DataType.DOUBLE);

    @Test
    void aDataSetBringsItsMasks() {
        INDArray mask = Nd4j.createFromArray(new double[][] {{1}, {0}, {1}, {1}, {0}});
        TrainingSet set = TrainingSet.of(new DataSet(X, Y, null, mask));
        Batch batch = set.batch(1, 4);
        assertEquals(X.getRows(1, 4), batch.get(Batch.FEATURES));
        assertEquals(mask.getRows(1, 4), batch.get(Batch.LABELS_MASK));
        assertNull(batch.find(Batch.FEATURES_MASK));
    }

    @Test
    void aMultiDataSetHasANameForEachArray() {
        TrainingSet set = TrainingSet.of(new MultiDataSet(new INDArray[] {X, Y}, new INDArray[] {Y}));
        Batch batch = set.batch(3);
        assertEquals(List.of("features", "features.1", "labels"), List.copyOf(batch.names()));
        assertEquals(Y.getRows(3), batch.get("features.1"));
    }

    @Test
    void anIteratorIsReadOnceInItsOrder() {
        TrainingSet set = TrainingSet.of(new TestDataSetIterator(new DataSet(X, Y), 2));
        assertEquals(5, set.size());
        Batch batch = set.batch(4, 0, 4);
        assertEquals(X.getRows(4, 0, 4), batch.get(Batch.FEATURES));
        assertEquals(Y.getRows(4, 0, 4), batch.get(Batch.LABELS));
        assertThrows(IndexOutOfBoundsException.class, () -> set.batch(5));
    }

    @Test
    void whatDoesNotFitIsReported() {
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class,
                () -> TrainingSet.of(new TestDataSetIterator(new DataSet(X, Y), 2), 200));
        assertTrue(String.valueOf(e.getMessage()).contains("maxBytes, which is 200"), e.getMessage());
    }

    @Test
    void sequencesOfDifferentLengthsArePaddedAndMasked() {
        DataSet shorter = new DataSet(Nd4j.ones(DataType.DOUBLE, 1, 2, 3), Nd4j.ones(DataType.DOUBLE, 1, 2, 3));
        DataSet longer = new DataSet(Nd4j.ones(DataType.DOUBLE, 1, 2, 5), Nd4j.ones(DataType.DOUBLE, 1, 2, 5));
        TrainingSet set = TrainingSet.of(new TestDataSetIterator(List.of(shorter, longer), 1));
        assertEquals(3, set.length(0));
        assertEquals(5, set.length(1));
        Batch batch = set.batch(0, 1);
        assertArrayEquals(new long[] {2, 2, 5}, batch.get(Batch.FEATURES).shape());
        assertEquals(8, batch.get(Batch.FEATURES_MASK).sumNumber().intValue());
    }

    @Test
    void aFunctionReadsExamples() {
        TrainingSet set = TrainingSet.of(5, ids -> Batch.of(Map.of("x", X.getRows(ids))));
        assertEquals(X.getRows(2, 1), set.batch(2, 1).get("x"));
        assertThrows(IndexOutOfBoundsException.class, () -> set.batch(-1));
    }
}
