package dev.fastif.hvp.autodiff;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Something that is added to a parameter's gradient: {@link Frame#addToSink} takes it, {@link Frame} has those that are there. */
@FunctionalInterface
public interface Term {
    /**
     * out = keep * out + factor * term.
     *
     * @param out an array of the parameter's shape; with keep = 0 it may hold anything
     */
    void addTo(INDArray out, double keep, double factor);

    /**
     * The same for each example by itself, or null if it is not known which example has which part of it. Default: not known, so
     * that examples are taken one by one where that matters.
     *
     * @param examples how many the batch has
     */
    default @Nullable Outer ofExamples(int examples) {
        return null;
    }

    /**
     * For each example a sum of outer products, {@code sum_t x[i, t] g[i, t]^T}.
     *
     * @param x [n, t, a]
     * @param g [n, t, b]
     */
    record Outer(INDArray x, INDArray g) {}
}
