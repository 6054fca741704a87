package dev.fastif.hvp;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Arithmetic on vectors [p] that the solvers share. */
final class Vectors {
    private static final long BLOCK = 1 << 18;

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

    /** y += x; returns |y|^2. Block by block: vectors are longer than any cache. */
    static double addAndSquare(INDArray y, INDArray x) {
        double squares = 0;
        for (long start = 0; start < y.length(); start += BLOCK) {
            INDArrayIndex block = NDArrayIndex.interval(start, Math.min(start + BLOCK, y.length()));
            INDArray part = y.get(block);
            add(part, 1, x.get(block));
            squares += dot(part, part);
        }
        return squares;
    }

    /** y += factor * x. */
    static void add(INDArray y, double factor, INDArray x) {
        Nd4j.getBlasWrapper().level1().axpy(x.length(), factor, x, y);
    }
}
