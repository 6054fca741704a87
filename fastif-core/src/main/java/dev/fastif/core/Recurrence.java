package dev.fastif.core;

import dev.fastif.core.internal.Check;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A recurrence {@code x = keep x + factor A x + added} on one or more vectors x, which an {@link Iteration} steps with another
 * symmetric operator A each time.
 *
 * @param vectors the x, each [p]; replaced by each step
 * @param keep how much of x stays
 * @param factor of the product with A
 * @param added to each, [p]; none of the vectors
 */
public record Recurrence(List<INDArray> vectors, double keep, double factor, List<INDArray> added) {
    /**
     * Checks that there is something to add to each vector.
     *
     * @throws IllegalArgumentException if there is not
     */
    public Recurrence {
        Check.argument(
                vectors.size() == added.size(), "there are %d vectors, but %d added", vectors.size(), added.size());
        vectors = List.copyOf(vectors);
        added = List.copyOf(added);
    }

    /**
     * Takes a step by walks over memory.
     *
     * @param products of the vectors with A, in their order; closed
     * @return the squared length of each new vector
     */
    double[] step(List<INDArray> products) {
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
