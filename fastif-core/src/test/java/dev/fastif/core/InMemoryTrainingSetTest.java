package dev.fastif.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class InMemoryTrainingSetTest {
    /** ND4J shares its shape arrays: writing to one once made the source claim rows that it does not have. */
    @Test
    void takingBatchesLeavesTheSourceAlone() {
        INDArray features = Nd4j.arange(6).castTo(DataType.DOUBLE).reshape(3, 2);
        INDArray labels = Nd4j.createFromArray(0, 1, 2);
        TrainingSet trainingSet = TrainingSet.of(Batch.of(features, labels));
        Batch batch = trainingSet.batch(2, 0, 2, 1);
        assertArrayEquals(new long[] {3, 2}, features.shape());
        assertArrayEquals(new long[] {3}, labels.shape());
        assertEquals(3, trainingSet.size());
        assertArrayEquals(
                new double[] {4, 5, 0, 1, 4, 5, 2, 3},
                batch.get(Batch.FEATURES).ravel().toDoubleVector());
        assertArrayEquals(new int[] {2, 0, 2, 1}, batch.get(Batch.LABELS).toIntVector());
    }
}
