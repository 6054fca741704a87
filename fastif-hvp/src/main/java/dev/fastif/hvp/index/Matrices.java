package dev.fastif.hvp.index;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What the sinks of this package do with ND4J's arrays. */
final class Matrices {
    private Matrices() {}

    /** Zeros that belong to no workspace, in the order that products are written in. */
    static INDArray zeros(DataType type, long rows, long columns) {
        return Nd4j.createUninitializedDetached(type, 'f', rows, columns).assign(0);
    }

    /**
     * sum = keep * sum + x^T y, without an array of that size: in a workspace it would stay until the pass is over.
     *
     * @param sum of {@link #zeros}
     */
    static void setProduct(INDArray sum, double keep, INDArray x, INDArray y) {
        Nd4j.gemm(x, y, sum, true, false, 1, keep);
    }

    /** [n, t, c] as rows [n * t, c]. */
    static INDArray rows(INDArray array) {
        return array.reshape('c', array.size(0) * array.size(1), array.size(2));
    }

    /** The matrix of example i of an array [n, t, c] in C order, as a view. ND4J's own slices drop dimensions of 1. */
    static INDArray of(INDArray array, int i) {
        long t = array.size(1);
        long c = array.size(2);
        return Nd4j.create(array.data(), new long[] {t, c}, new long[] {c, 1}, array.offset() + i * t * c, 'c');
    }

    /** The elements in C order. */
    static double[] elements(INDArray array) {
        INDArray dense = array.dup('c');
        double[] elements = new double[Math.toIntExact(array.length())];
        if (dense.dataType() == DataType.DOUBLE) {
            dense.data().asNioDouble().get(elements);
            return elements;
        }
        float[] single = new float[elements.length];
        dense.data().asNioFloat().get(single);
        for (int i = 0; i < elements.length; i++) {
            elements[i] = single[i];
        }
        return elements;
    }

    static void add(double[] sum, double... part) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += part[i];
        }
    }
}
