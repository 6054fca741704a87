package dev.fastif.core;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * An iteration {@code x = keep x + factor A x + added} on one or more vectors x [p], in place, with another symmetric operator
 * A in each step: what steps have in common is prepared once. For one thread, which must close it.
 *
 * @param <S> what A is the curvature of
 */
public interface Iteration<S> extends AutoCloseable {
    /**
     * Takes a step.
     *
     * @return the squared length of each new x
     */
    double[] step(S sample);

    @Override
    default void close() {}

    /**
     * One step, with the products known.
     *
     * @param vectors the x, each [p]; replaced
     * @param products the A x; closed
     * @param added to each, [p]
     * @return the squared length of each new x
     */
    static double[] step(
            List<INDArray> vectors, List<INDArray> products, double keep, double factor, List<INDArray> added) {
        double[] squares = new double[vectors.size()];
        for (int i = 0; i < squares.length; i++) {
            INDArray x = vectors.get(i);
            try (INDArray product = products.get(i)) {
                x.muli(keep).addi(product.muli(factor)).addi(added.get(i));
            }
            squares[i] = Nd4j.getBlasWrapper().dot(x, x);
        }
        return squares;
    }
}
