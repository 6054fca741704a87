package dev.fastif.benchmarks.race;

import dev.fastif.core.Batch;
import dev.fastif.core.ForwardingTrainingSet;
import dev.fastif.core.TrainingSet;
import java.util.ArrayList;
import java.util.List;

/** Passes a training set on and notes which examples were asked for, in order. Not thread-safe. */
final class RecordingSet extends ForwardingTrainingSet {
    private final List<Integer> asked = new ArrayList<>();

    RecordingSet(TrainingSet examples) {
        super(examples);
    }

    /** The first ids that were asked for. */
    List<Integer> first(int count) {
        return List.copyOf(asked.subList(0, count));
    }

    @Override
    public Batch batch(int... ids) {
        for (int id : ids) {
            asked.add(id);
        }
        return super.batch(ids);
    }
}
