package dev.fastif.benchmarks;

import dev.fastif.core.Batch;
import dev.fastif.core.TrainingSet;
import java.util.Arrays;

/**
 * A training set of any size whose examples are a few, over and over: the frozen layers of all at once would take gigabytes.
 * As thread-safe as those few.
 *
 * @param few the examples that differ
 * @param size how many there seem to be
 * @param tokens of each example
 */
record Repeated(TrainingSet few, int size, int tokens) implements TrainingSet {
    @Override
    public Batch batch(int... ids) {
        return few.batch(Arrays.stream(ids).map(id -> id % few.size()).toArray());
    }

    @Override
    public int length(int id) {
        return tokens;
    }
}
