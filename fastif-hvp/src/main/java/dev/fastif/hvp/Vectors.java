package dev.fastif.hvp;

import dev.fastif.core.Curvature;
import dev.fastif.core.internal.Check;
import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Arithmetic on vectors [p] that the solvers share. */
final class Vectors {
    private Vectors() {}

    /** The right-hand sides, without gaps between their elements; each must be a finite [p] of a type that solvers compute in. */
    static List<INDArray> rightHandSides(Curvature curvature, List<INDArray> vectors) {
        Check.argument(!vectors.isEmpty(), "vectors is empty: there is nothing to solve");
        return vectors.stream().map(vector -> rightHandSide(curvature, vector)).toList();
    }

    private static INDArray rightHandSide(Curvature curvature, INDArray vector) {
        Check.readable("vector", vector);
        Check.argument(
                vector.rank() == 1 && vector.length() == curvature.size(),
                "vector has shape %s: it must be [%d], one element for each parameter",
                Arrays.toString(vector.shape()),
                curvature.size());
        Check.argument(
                vector.dataType() == DataType.FLOAT || vector.dataType() == DataType.DOUBLE,
                "vector is %s: give vector.castTo the model's type, FLOAT or DOUBLE",
                vector.dataType());
        Check.finite("vector", vector);
        return vector.stride(0) == 1 ? vector : vector.dup('c');
    }

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
