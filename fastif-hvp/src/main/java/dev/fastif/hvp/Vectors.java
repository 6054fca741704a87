package dev.fastif.hvp;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Arithmetic on vectors [p] that the solvers share. */
final class Vectors {
    private Vectors() {}

    static double dot(INDArray a, INDArray b) {
        return Nd4j.getBlasWrapper().dot(a, b);
    }

    static double norm(INDArray a) {
        return Math.sqrt(dot(a, a));
    }

    /** The cosine between two vectors; 0 if one of them is zero. */
    static double cosine(INDArray a, INDArray b) {
        double norms = norm(a) * norm(b);
        return norms == 0 ? 0 : dot(a, b) / norms;
    }

    /** y += factor * x. */
    static void add(INDArray y, double factor, INDArray x) {
        Nd4j.getBlasWrapper().level1().axpy(x.length(), factor, x, y);
    }
}
