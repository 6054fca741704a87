package dev.fastif.core;

import org.nd4j.linalg.api.ndarray.INDArray;

/** A symmetric linear operator on vectors [p]. Thread-safe; never modifies its argument. */
public interface LinearOperator {
    /** The dimension p. */
    long size();

    /**
     * Applies the operator.
     *
     * @param vector [p]
     * @return a fresh array [p] that is the caller's to change and to close
     */
    INDArray apply(INDArray vector);
}
