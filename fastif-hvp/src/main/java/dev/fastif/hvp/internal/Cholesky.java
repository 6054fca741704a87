package dev.fastif.hvp.internal;

import dev.fastif.core.LinearOperator;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The Cholesky factor L of a symmetric positive definite matrix {@code A = L L^T}, by rows, in plain Java: the one of ND4J's
 * OpenBLAS is wrong on processors with AVX-512.
 *
 * @param rows of L, i + 1 elements of row i
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, nor changed once made
public record Cholesky(double[]... rows) implements LinearOperator {
    /** Rows that are computed side by side, so that those above them are read once for all of them. */
    private static final int SIDE_BY_SIDE = 4;

    /**
     * Factors {@code matrix + damping I}.
     *
     * @param smallestPivot what a pivot must exceed
     * @param checkpoint runs between rows
     * @return null if it is not positive definite
     */
    public static @Nullable Cholesky of(
            SymmetricMatrix matrix, double damping, double smallestPivot, Runnable checkpoint) {
        double[][] rows = Arrays.stream(matrix.rows()).map(double[]::clone).toArray(double[][]::new);
        for (int start = 0; start < rows.length; start += SIDE_BY_SIDE) {
            checkpoint.run();
            int end = Math.min(rows.length, start + SIDE_BY_SIDE);
            if (end - start == SIDE_BY_SIDE) {
                eliminateFour(rows, start);
            }
            for (int i = start; i < end; i++) {
                int known = end - start == SIDE_BY_SIDE ? start : 0;
                if (!finish(rows, i, known, damping, smallestPivot)) {
                    return null;
                }
            }
        }
        return new Cholesky(rows);
    }

    /** The columns before {@code start} of the four rows from there on. */
    private static void eliminateFour(double[][] rows, int start) {
        double[] a = rows[start];
        double[] b = rows[start + 1];
        double[] c = rows[start + 2];
        double[] d = rows[start + 3];
        for (int j = 0; j < start; j++) {
            double[] above = rows[j];
            double sumA = a[j];
            double sumB = b[j];
            double sumC = c[j];
            double sumD = d[j];
            for (int k = 0; k < j; k++) {
                double x = above[k];
                sumA -= a[k] * x;
                sumB -= b[k] * x;
                sumC -= c[k] * x;
                sumD -= d[k] * x;
            }
            double pivot = above[j];
            a[j] = sumA / pivot;
            b[j] = sumB / pivot;
            c[j] = sumC / pivot;
            d[j] = sumD / pivot;
        }
    }

    /** The columns of row i from {@code known} on. */
    private static boolean finish(double[][] rows, int i, int known, double damping, double smallestPivot) {
        double[] row = rows[i];
        for (int j = known; j < i; j++) {
            row[j] = (row[j] - dot(row, rows[j], j)) / rows[j][j];
        }
        double pivot = row[i] + damping - dot(row, row, i);
        if (!(pivot > smallestPivot)) {
            return false;
        }
        row[i] = Math.sqrt(pivot);
        return true;
    }

    /** Four sums at a time: one alone waits for each addition. */
    private static double dot(double[] x, double[] y, int length) {
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        int k = 0;
        for (; k + 3 < length; k += 4) {
            a += x[k] * y[k];
            b += x[k + 1] * y[k + 1];
            c += x[k + 2] * y[k + 2];
            d += x[k + 3] * y[k + 3];
        }
        for (; k < length; k++) {
            a += x[k] * y[k];
        }
        return a + b + (c + d);
    }

    @Override
    public long size() {
        return rows.length;
    }

    /** The inverse of A. */
    @Override
    public INDArray apply(INDArray vector) {
        return Nd4j.createFromArray(solve(vector.toDoubleVector()));
    }

    /** L^-1 by rows, i + 1 elements of row i: {@code A^-1 = L^-T L^-1}. */
    public double[][] inverseFactor() {
        double[][] inverse = new double[rows.length][];
        for (int i = 0; i < rows.length; i++) {
            double[] row = rows[i];
            double[] own = new double[i + 1];
            for (int j = 0; j < i; j++) {
                double factor = -row[j];
                double[] above = inverse[j];
                for (int k = 0; k <= j; k++) {
                    own[k] += factor * above[k];
                }
            }
            own[i] = 1;
            for (int k = 0; k <= i; k++) {
                own[k] /= row[i];
            }
            inverse[i] = own;
        }
        return inverse;
    }

    /** The solution of {@code A x = v}. */
    public double[] solve(double... v) {
        double[] x = v.clone();
        for (int i = 0; i < x.length; i++) {
            x[i] = (x[i] - dot(x, rows[i], i)) / rows[i][i];
        }
        for (int i = x.length - 1; i >= 0; i--) {
            double[] row = rows[i];
            double value = x[i] / row[i];
            x[i] = value;
            for (int k = 0; k < i; k++) {
                x[k] -= value * row[k];
            }
        }
        return x;
    }
}
