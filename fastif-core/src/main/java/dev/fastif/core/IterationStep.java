package dev.fastif.core;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** {@code x = keep x + factor A x + added} for each of several vectors, whose products with A are known. */
record IterationStep(double keep, double factor, List<INDArray> added) {
    /**
     * Takes the step.
     *
     * @param vectors the x, each [p]; replaced
     * @param products the A x; closed
     * @return the squared length of each new x
     */
    double[] take(List<INDArray> vectors, List<INDArray> products) {
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
