package dev.fastif.knn;

import dev.fastif.core.internal.Arithmetic;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The indexed points [N, d] where they lie: their dot products with queries, and their numbers. Thread-safe. */
interface Points {
    /** Prepares products of the points with queries, each of d numbers. */
    Products productsWith(double[]... queries);

    /** The numbers of {@code count} points from {@code start}, row by row, into the beginning of {@code out}. */
    void read(int start, int count, double[] out);

    /** Dot products of some queries. Not thread-safe. */
    interface Products extends AutoCloseable {
        /** Products with the points from {@code start} to {@code end - 1}, query by query, into {@code out}. */
        void compute(int start, int end, double[] out);

        @Override
        void close();
    }

    /** Returns points [N, d], FLOAT or DOUBLE, dense and in C order: read by BLAS on the CPU, elsewhere by ND4J. */
    static Points of(INDArray points) {
        return Arithmetic.isByBlas() ? new BlasPoints(points) : new Nd4jPoints(points);
    }
}
