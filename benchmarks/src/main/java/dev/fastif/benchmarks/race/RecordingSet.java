package dev.fastif.benchmarks.race;

import dev.fastif.core.Batch;
import dev.fastif.core.TrainingSet;
import java.util.ArrayList;
import java.util.List;

/** Passes a training set on and notes which examples were asked for, in order. Not thread-safe. */
final class RecordingSet implements TrainingSet {
    private final TrainingSet examples;
    private final List<Integer> asked = new ArrayList<>();

    RecordingSet(TrainingSet examples) {
        this.examples = examples;
    }

    /** The first ids that were asked for. */
    List<Integer> first(int count) {
        return List.copyOf(asked.subList(0, count));
    }

    @Override
    public int size() {
        return examples.size();
    }

    @Override
    public int length(int id) {
        return examples.length(id);
    }

    @Override
    public Batch batch(int... ids) {
        for (int id : ids) {
            asked.add(id);
        }
        return examples.batch(ids);
    }
}
