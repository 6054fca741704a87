package dev.fastif.core;

import dev.fastif.core.internal.Check;
import org.nd4j.linalg.dataset.api.DataSet;

/**
 * Random access to the training examples by id, from 0 to {@code size() - 1}.
 *
 * <p>Implementations must be thread-safe and must return the same example for the same id each time.
 */
public interface TrainingSet {
    /** The number N of examples. */
    int size();

    /**
     * Returns the examples of these ids, in this order; an id may occur more than once.
     *
     * @throws IndexOutOfBoundsException if an id is negative or at least {@link #size()}
     */
    Batch batch(int... ids);

    /**
     * The length of an example in the unit that determines the cost of evaluating it, such as tokens. Examples of like
     * length are evaluated together so that little is padded.
     */
    default int length(int id) {
        return 1;
    }

    /** Returns the training set whose examples are those of {@code all}, ids being positions; nothing is copied. */
    static TrainingSet of(Batch all) {
        return new InMemoryTrainingSet(all);
    }

    /**
     * Returns the training set of an ND4J data set: its features and labels under {@link Batch#FEATURES} and
     * {@link Batch#LABELS}.
     */
    static TrainingSet of(DataSet data) {
        Check.argument(data.numExamples() > 0, "data has no examples: influence needs a training set");
        return of(Batch.of(data.getFeatures(), data.getLabels()));
    }
}
