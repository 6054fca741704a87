package dev.fastif.core;

/**
 * Steps of a {@link Recurrence}, in place: what they have in common is prepared once. For one thread, which must close it.
 *
 * @param <S> what A is the curvature of
 */
public interface Iteration<S> extends AutoCloseable {
    /**
     * Takes a step.
     *
     * @param sample what A is the curvature of: a batch, or ids of examples
     * @return the squared length of each new x, in the order of the vectors
     * @throws IllegalArgumentException if the sample is empty or does not fit the model
     */
    double[] step(S sample);

    @Override
    default void close() {}
}
