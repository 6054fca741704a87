package dev.fastif.core;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Takes the gradients of the single examples of a batch, parameter by parameter. A parameter of rank 2 or more counts as a matrix
 * [a, b], a its first dimension and b all others; one of rank 1 or 0 as a single row [1, b]. A parameter that is not told of has a
 * gradient of zero. The arrays lie in C order without gaps, and may be read until the call returns, by the calling thread.
 */
public interface GradientSink {
    /**
     * The gradients of some examples begin.
     *
     * @param first the position in the batch of the first of them
     * @param count n, how many follow each other
     */
    void begin(int first, int count);

    /**
     * Gradients that are sums of outer products: example i's is {@code sum_t x[i, t] g[i, t]^T}. The terms are what a network has
     * for each token, step or position; a matrix that sees one of them for each example has t = 1.
     *
     * @param parameter its name
     * @param x what the matrix was multiplied by, [n, t, a]
     * @param g the derivatives by the products, [n, t, b]
     */
    void factored(String parameter, INDArray x, INDArray g);

    /**
     * Gradients as they are.
     *
     * @param parameter its name
     * @param gradients [n, a, b]
     */
    void whole(String parameter, INDArray gradients);

    /** Every parameter has been told of. */
    void end();
}
