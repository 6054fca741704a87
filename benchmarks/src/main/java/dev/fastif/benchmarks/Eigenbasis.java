package dev.fastif.benchmarks;

import static org.bytedeco.openblas.global.openblas.LAPACKE_dsyevd;
import static org.bytedeco.openblas.global.openblas.LAPACK_COL_MAJOR;

import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A curvature of few parameters as a dense matrix, decomposed: systems with any damping are solved exactly, the indefinite
 * ones too.
 *
 * @param values the eigenvalues [p], ascending
 * @param vectors the eigenvectors, one a column [p, p]
 */
record Eigenbasis(INDArray values, INDArray vectors) {
    private static final int COLUMNS_AT_ONCE = 50;
    private static final double ACCEPTED_ERROR = 1e-9;

    /**
     * Decomposes the symmetric matrix of {@code size} rows whose products with vectors are those that {@code operator} gives.
     *
     * @throws IllegalStateException if the decomposition does not give the operator's products
     */
    static Eigenbasis of(int size, UnaryOperator<List<INDArray>> operator) {
        double[] matrix = columns(size, operator);
        double[] values = new double[size];
        int status = LAPACKE_dsyevd(LAPACK_COL_MAJOR, (byte) 'V', (byte) 'L', size, matrix, size, values);
        INDArray vectors = Nd4j.create(matrix, new long[] {size, size}, 'f'); // they have replaced the matrix
        Eigenbasis basis = new Eigenbasis(Nd4j.createFromArray(values), vectors);
        INDArray ones = Nd4j.ones(DataType.DOUBLE, size);
        INDArray solution = basis.solve(ones.reshape(size, 1), basis.largest()).reshape(size);
        INDArray back = operator.apply(List.of(solution)).get(0).addi(solution.mul(basis.largest()));
        double error = back.distance2(ones) / Math.sqrt(size);
        if (status != 0 || !(error < ACCEPTED_ERROR)) {
            throw new IllegalStateException("LAPACK's eigenvectors are wrong (status " + status + ", relative error "
                    + error + "): dtrmm of OpenBLAS 0.3.19 errs with AVX-512; set OPENBLAS_CORETYPE=Haswell");
        }
        return basis;
    }

    /** The operator applied to each unit vector, one column after the other; symmetric but for rounding. */
    private static double[] columns(int size, UnaryOperator<List<INDArray>> operator) {
        double[] matrix = new double[size * size];
        for (int start = 0; start < size; start += COLUMNS_AT_ONCE) {
            int end = Math.min(size, start + COLUMNS_AT_ONCE);
            List<INDArray> units = IntStream.range(start, end)
                    .mapToObj(i -> Nd4j.create(DataType.DOUBLE, size).putScalar(i, 1))
                    .toList();
            List<INDArray> products = operator.apply(units);
            for (int i = start; i < end; i++) {
                double[] column = products.get(i - start).toDoubleVector();
                System.arraycopy(column, 0, matrix, i * size, size);
            }
        }
        return matrix;
    }

    double smallest() {
        return values.getDouble(0);
    }

    double largest() {
        return values.getDouble(values.length() - 1);
    }

    /** {@code (matrix + damping I)^-1} times each column of [p, m]. */
    INDArray solve(INDArray columns, double damping) {
        INDArray coordinates = vectors.transpose().mmul(columns);
        return vectors.mmul(coordinates.diviColumnVector(values.add(damping).reshape(values.length(), 1)));
    }
}
