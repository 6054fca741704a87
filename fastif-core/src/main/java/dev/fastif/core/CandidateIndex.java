package dev.fastif.core;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Nearest-neighbour search among the features of the training examples (paper, section 3.2). Ids are the training set's.
 *
 * <p>Thread-safe. Closing releases what the index holds; searching a closed index throws {@link IllegalStateException}.
 */
public interface CandidateIndex extends AutoCloseable {
    /** The number N of indexed examples. */
    int size();

    /** The dimension d of their features. */
    int dimension();

    /**
     * The nearest examples of each query, nearest first, ties by id.
     *
     * @param queries [q, d]; finite
     * @param k from 1 to {@link #size()}
     * @return one list of candidates for each query
     */
    List<Candidates> search(INDArray queries, int k);

    @Override
    void close();

    /** Builds an index over features. */
    @FunctionalInterface
    interface Builder {
        /**
         * Builds an index.
         *
         * @param features [N, d], row i belonging to example i; finite. The index may keep a reference to it.
         */
        CandidateIndex build(INDArray features);
    }
}
