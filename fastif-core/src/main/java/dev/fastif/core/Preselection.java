package dev.fastif.core;

/**
 * Chooses which training examples of a question are scored: by nearness of features (paper, section 3.2), which an engine does with a
 * {@link CandidateIndex}, or by an estimate of their influence, as the index of fastif-hvp does.
 *
 * <p>Thread-safe. An engine does not close it.
 */
@FunctionalInterface
public interface Preselection {
    /**
     * The candidates of a question.
     *
     * @param testPoints the examples that it is about; of several, their mean
     * @param measurement what influence is measured on
     * @param k how many, from 1 to the number of training examples
     * @return k ids of the training set
     * @throws IllegalStateException if it was made of other parameters than the model has now
     */
    Candidates candidates(Batch testPoints, Measurement measurement, int k);
}
