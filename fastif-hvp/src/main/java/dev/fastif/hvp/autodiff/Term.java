package dev.fastif.hvp.autodiff;

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
}
