package dev.fastif.core;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Steps of an {@link Iteration} on vectors [p] whose products are known: each adds its part by a walk over memory. */
record IterationStep(List<INDArray> vectors, double keep, double factor, List<INDArray> added) {
    /**
     * Takes a step.
     *
     * @param products of the vectors, in their order; closed
     * @return the squared length of each new vector
     */
    double[] take(List<INDArray> products) {
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
