package dev.fastif.core;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A symmetric linear operator on vectors [p]. Thread-safe. */
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

    /**
     * Applies the operator to several vectors, sharing the work that depends on none of them.
     *
     * @param vectors each [p]
     * @return fresh arrays [p], in the order of the vectors
     */
    default List<INDArray> applyAll(List<INDArray> vectors) {
        return vectors.stream().map(this::apply).toList();
    }

    /**
     * Why there is no curvature along a vector, in words, or an empty text if there is some or if it is not known. A curvature that
     * is zero but for a regularizer is no system to solve.
     *
     * @param vector [p], not zero
     */
    default String flatness(INDArray vector) {
        return "";
    }
}
