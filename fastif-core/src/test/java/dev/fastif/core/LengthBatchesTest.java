package dev.fastif.core;

import static dev.fastif.core.Failures.assertRejected;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LengthBatchesTest {
    /** Examples of the given lengths; only those are asked for. */
    private static final class Lengths implements TrainingSet {
        private final int[] lengths;

        Lengths(int... lengths) {
            this.lengths = lengths;
        }

        @Override
        public int size() {
            return lengths.length;
        }

        @Override
        public Batch batch(int... ids) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int length(int id) {
            return lengths[id];
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 10", "64, 2048, 1", "7, 100, 1000", "7, 100, 0", "1000, 300, 997", "3, 1000000, 97", "5, 60, 61"
    })
    void boundsHoldAndEveryPositionOccursOnce(int maxExamples, int maxLength, int count) {
        Random random = new Random(count);
        TrainingSet set = new Lengths(random.ints(200, 1, 128).toArray());
        int[] ids = random.ints(count, 0, 200).toArray();
        List<int[]> batches = new LengthBatches(maxExamples, maxLength).of(set, ids);
        int previous = Integer.MAX_VALUE;
        for (int[] batch : batches) {
            int[] lengths = Arrays.stream(batch)
                    .map(position -> set.length(ids[position]))
                    .toArray();
            int longest = Arrays.stream(lengths).max().orElseThrow();
            assertTrue(batch.length <= maxExamples);
            assertTrue(batch.length == 1 || batch.length * longest <= maxLength);
            assertTrue(previous >= longest, "batches are in order of length, the longest first");
            previous = Arrays.stream(lengths).min().orElseThrow();
        }
        int[] positions = batches.stream().flatMapToInt(Arrays::stream).sorted().toArray();
        assertArrayEquals(IntStream.range(0, count).toArray(), positions);
    }

    @Test
    void likeLengthsAreTogetherAndBatchesAreFull() {
        TrainingSet set = new Lengths(9, 1, 9, 1, 9, 1);
        List<int[]> batches = new LengthBatches(3, 27).of(set, 0, 1, 2, 3, 4, 5);
        assertEquals(2, batches.size());
        assertArrayEquals(new int[] {0, 2, 4}, batches.get(0));
        assertArrayEquals(new int[] {1, 3, 5}, batches.get(1));
    }

    @Test
    void positionsIndexTheIdsNotTheTrainingSet() {
        TrainingSet set = new Lengths(5, 3, 4);
        int[] ids = {2, 2, 1};
        List<int[]> batches = new LengthBatches(2, 100).of(set, ids);
        assertArrayEquals(new int[] {2, 2}, LengthBatches.pick(ids, batches.get(0)));
        assertArrayEquals(new int[] {1}, LengthBatches.pick(ids, batches.get(1)));
    }

    @Test
    void hugeLengthsDoNotOverflow() {
        TrainingSet set = new Lengths(Integer.MAX_VALUE, Integer.MAX_VALUE, 1);
        assertEquals(3, new LengthBatches(64, 2048).of(set, 0, 1, 2).size());
        assertEquals(
                3, new LengthBatches(64, Integer.MAX_VALUE).of(set, 0, 1, 0).size());
    }

    @Test
    void boundsMustBePositive() {
        assertRejected(() -> new LengthBatches(0, 1), "maxExamples is 0", "at least 1");
        assertRejected(() -> new LengthBatches(1, -5), "maxLength is -5", "at least 1");
    }
}
