package dev.fastif.hvp;

import dev.fastif.core.internal.Memory;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Arithmetic on vectors [p] that the solvers share. */
final class Vectors {
    /** Squares beyond these may have lost digits of a float. */
    private static final double SMALL = 1e-30;

    private static final double LARGE = 1e30;

    private Vectors() {}

    static double dot(INDArray a, INDArray b) {
        return Nd4j.getBlasWrapper().dot(a, b);
    }

    /** The length, of very small and very large numbers too, whose squares are none of the type. */
    static double norm(INDArray a) {
        double square = dot(a, a);
        if ((square > SMALL && square < LARGE) || Double.isNaN(square)) {
            return Math.sqrt(square);
        }
        double most = a.amaxNumber().doubleValue();
        if (most == 0 || Double.isInfinite(most)) {
            return most;
        }
        INDArray unit = a.div(most);
        double length = most * Math.sqrt(dot(unit, unit));
        Memory.free(unit);
        return length;
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
