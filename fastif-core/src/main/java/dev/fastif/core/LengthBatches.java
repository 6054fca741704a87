package dev.fastif.core;

import dev.fastif.core.internal.Check;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Groups examples into batches of like length, so that little is padded: at most {@code maxExamples} examples and at
 * most {@code maxLength} units (tokens), padding included, but always at least one example.
 *
 * @param maxExamples at least 1
 * @param maxLength at least 1
 */
public record LengthBatches(int maxExamples, int maxLength) {
    /** Small enough for the temporaries of a second-order pass, large enough for full-speed matrix products. */
    static final LengthBatches CURVATURE = new LengthBatches(64, 2048);

    /** For passes that keep less. */
    static final LengthBatches SCORING = new LengthBatches(64, 2048);

    /** Checks the bounds. */
    public LengthBatches {
        Check.positive("maxExamples", maxExamples);
        Check.positive("maxLength", maxLength);
    }

    /**
     * Returns the ids, sorted by length (ties in the order given), cut into batches.
     *
     * @param trainingSet where lengths come from
     * @param ids any ids, repetitions included
     */
    public List<int[]> of(TrainingSet trainingSet, int... ids) {
        Integer[] order = Arrays.stream(ids).boxed().toArray(Integer[]::new);
        Arrays.sort(order, Comparator.comparingInt(trainingSet::length));
        List<int[]> batches = new ArrayList<>();
        int start = 0;
        for (int end = 1; end <= order.length; end++) {
            // sorted: the next example would be the longest of the batch
            boolean full = end == order.length
                    || end - start == maxExamples
                    || (long) (end - start + 1) * trainingSet.length(order[end]) > maxLength;
            if (full) {
                batches.add(Arrays.stream(order, start, end)
                        .mapToInt(Integer::intValue)
                        .toArray());
                start = end;
            }
        }
        return batches;
    }
}
