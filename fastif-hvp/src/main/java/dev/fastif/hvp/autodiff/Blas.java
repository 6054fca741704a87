package dev.fastif.hvp.autodiff;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_saxpy;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_scopy;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemm;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemv;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sger;

import java.lang.ref.Reference;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Matrix products in single precision on ND4J's buffers. Matrices are the last two dimensions. A pointer does not keep its array
 * alive, so arrays are held until BLAS has returned.
 */
final class Blas {
    /** Up to so many rows are multiplied one after the other: packing the matrix would take longer. */
    private static final int FEW_ROWS = 3;

    private Blas() {}

    private static void multiplyRows(
            int m, int n, int k, FloatPointer x, FloatPointer y, boolean transposeB, float keep, FloatPointer z) {
        long startX = x.position();
        long startZ = z.position();
        int rows = transposeB ? n : k;
        int columns = transposeB ? k : n;
        for (long row = 0; row < m; row++) {
            cblas_sgemv(
                    CblasRowMajor,
                    transposeB ? CblasNoTrans : CblasTrans,
                    rows,
                    columns,
                    1,
                    y,
                    columns,
                    x.position(startX + row * k),
                    1,
                    keep,
                    z.position(startZ + row * n),
                    1);
        }
    }

    /** {@code matrix += 1 row^T}. */
    static void addRow(INDArray matrix, INDArray row) {
        try {
            int columns = (int) row.length();
            int rows = (int) (matrix.length() / columns);
            cblas_sger(
                    CblasRowMajor,
                    rows,
                    columns,
                    1,
                    Loops.ones(rows),
                    1,
                    Loops.pointer(row),
                    1,
                    Loops.target(matrix),
                    columns);
        } finally {
            Reference.reachabilityFence(List.of(matrix, row));
        }
    }

    /** {@code sum += matrix^T 1}. */
    static void addSumOfRows(INDArray sum, INDArray matrix) {
        try {
            int columns = (int) sum.length();
            int rows = (int) (matrix.length() / columns);
            cblas_sgemv(
                    CblasRowMajor,
                    CblasTrans,
                    rows,
                    columns,
                    1,
                    Loops.pointer(matrix),
                    columns,
                    Loops.ones(rows),
                    1,
                    1,
                    Loops.target(sum),
                    1);
        } finally {
            Reference.reachabilityFence(List.of(sum, matrix));
        }
    }

    /** {@code sum += factor * a}. */
    static void add(INDArray sum, INDArray a, float factor) {
        try {
            cblas_saxpy((int) sum.length(), factor, Loops.pointer(a), 1, Loops.target(sum), 1);
        } finally {
            Reference.reachabilityFence(List.of(sum, a));
        }
    }

    /** Copies an array into a dense one, from this element on. */
    static void copy(INDArray from, INDArray to, long start) {
        try {
            FloatPointer target = Loops.target(to);
            cblas_scopy((int) from.length(), Loops.pointer(from), 1, target.position(target.position() + start), 1);
        } finally {
            Reference.reachabilityFence(List.of(from, to));
        }
    }

    /** {@code out = keep * out + a b}, a and b transposed if so asked; out must be dense. */
    static void multiply(INDArray out, float keep, INDArray a, boolean transposeA, INDArray b, boolean transposeB) {
        try {
            int m = (int) out.size(-2);
            int n = (int) out.size(-1);
            int k = (int) a.size(transposeA ? -2 : -1);
            FloatPointer x = Loops.pointer(a);
            FloatPointer y = Loops.pointer(b);
            FloatPointer z = Loops.target(out);
            long matrices = out.length() / ((long) m * n);
            long startX = x.position();
            long startY = y.position();
            long startZ = z.position();
            for (long i = 0; i < matrices; i++) {
                x.position(startX + i * m * k);
                y.position(startY + i * k * n);
                z.position(startZ + i * m * n);
                if (m <= FEW_ROWS && !transposeA) {
                    multiplyRows(m, n, k, x, y, transposeB, keep, z);
                } else if (k == 1 && keep == 1) {
                    cblas_sger(CblasRowMajor, m, n, 1, x, 1, y, 1, z, n);
                } else {
                    cblas_sgemm(
                            CblasRowMajor,
                            transposeA ? CblasTrans : CblasNoTrans,
                            transposeB ? CblasTrans : CblasNoTrans,
                            m,
                            n,
                            k,
                            1,
                            x,
                            transposeA ? m : k,
                            y,
                            transposeB ? k : n,
                            keep,
                            z,
                            n);
                }
            }
        } finally {
            Reference.reachabilityFence(List.of(out, a, b));
        }
    }
}
