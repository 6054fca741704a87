package dev.fastif.core;

import dev.fastif.core.internal.Check;
import java.util.Objects;
import java.util.function.Function;
import org.nd4j.linalg.dataset.api.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;

/**
 * Random access to the training examples by id, from 0 to {@code size() - 1}.
 *
 * <p>Implementations must be thread-safe and must return the same example for the same id each time.
 */
public interface TrainingSet {
    /** The number N of examples. */
    int size();

    /**
     * Returns the examples of these ids, in this order; an id may occur more than once. The arrays may be parts of the
     * training set's own, and must not be modified.
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
     * {@link Batch#LABELS}, its masks, if it has any, under {@link Batch#FEATURES_MASK} and {@link Batch#LABELS_MASK}. Nothing
     * is copied.
     */
    static TrainingSet of(DataSet data) {
        Check.argument(data.numExamples() > 0, "data has no examples: influence needs a training set");
        return of(DataSetTrainingSet.batch(data));
    }

    /**
     * Returns the training set of an ND4J data set of several inputs or outputs: {@code "features"}, {@code "features.1"},
     * {@code "features.2"} and so on, likewise labels and masks. Nothing is copied.
     */
    static TrainingSet of(MultiDataSet data) {
        return of(DataSetTrainingSet.batch(data));
    }

    /**
     * Returns the training set of all examples of an iterator, which is read once and reset before and after; ids are
     * positions in its order, which must be the one in which the user knows the examples (not shuffled). Examples are kept in
     * memory, at most 2 GiB of features and labels.
     *
     * @throws IllegalArgumentException if they take more, if the iterator cannot be reset, or if it is empty
     */
    static TrainingSet of(DataSetIterator iterator) {
        return of(iterator, 2L << 30);
    }

    /**
     * {@link #of(DataSetIterator)} with a bound of one's own.
     *
     * @param maxBytes what features and labels may take
     */
    static TrainingSet of(DataSetIterator iterator, long maxBytes) {
        return DataSetTrainingSet.of(iterator, maxBytes);
    }

    /**
     * Returns a training set of examples that a function reads, from wherever the user keeps them.
     *
     * @param size N, at least 1
     * @param reader the examples of these ids, in this order, ids being at least 0 and below N; thread-safe
     */
    static TrainingSet of(int size, Function<int[], Batch> reader) {
        Check.positive("size", size);
        return new TrainingSet() {
            @Override
            public int size() {
                return size;
            }

            @Override
            public Batch batch(int... ids) {
                for (int id : ids) {
                    Objects.checkIndex(id, size);
                }
                return reader.apply(ids.clone());
            }
        };
    }
}
