package dev.fastif.core;

/**
 * Shows another training set: a class that changes its batches overrides {@link #batch} alone. As thread-safe as the set it
 * shows.
 */
public abstract class ForwardingTrainingSet implements TrainingSet {
    private final TrainingSet examples;

    /** Shows {@code examples}. */
    protected ForwardingTrainingSet(TrainingSet examples) {
        this.examples = examples;
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
        return examples.batch(ids);
    }
}
