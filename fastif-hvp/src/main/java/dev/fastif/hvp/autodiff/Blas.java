package dev.fastif.hvp.autodiff;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_saxpy;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_scopy;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sdot;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemv;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sger;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sscal;

import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Matrix products in single precision on ND4J's buffers. Matrices are the last two dimensions. A pointer does not keep its array
 * alive, so arrays are held until BLAS has returned.
 */
final class Blas {
    /** So many elements of two vectors fit the second cache. */
    private static final int BLOCK = 1 << 15;

    private Blas() {}

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

    /** {@code out = keep * out + factor * matrix^T 1}. */
    static void setSumOfRows(INDArray out, float keep, float factor, INDArray matrix) {
        try {
            int columns = (int) out.length();
            int rows = (int) (matrix.length() / columns);
            cblas_sgemv(
                    CblasRowMajor,
                    CblasTrans,
                    rows,
                    columns,
                    factor,
                    Loops.pointer(matrix),
                    columns,
                    Loops.ones(rows),
                    1,
                    keep,
                    Loops.target(out),
                    1);
        } finally {
            Reference.reachabilityFence(List.of(out, matrix));
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

    /**
     * {@code sum += a}; returns the sum of squares of the result. Block by block; the members of the pass's team take blocks
     * that lie together, as {@link Product} cuts a matrix that is a sum over rows: what one has just written is in its cache.
     */
    static double addAndSquare(INDArray sum, INDArray a) {
        try {
            FloatPointer to = Loops.target(sum);
            FloatPointer from = Loops.pointer(a);
            int length = Math.toIntExact(sum.length());
            double[] squares = new double[(length + BLOCK - 1) / BLOCK];
            Team team = Team.current();
            int parts = Math.min(team.size(), squares.length);
            team.share(parts, part -> {
                for (int i = squares.length * part / parts; i < squares.length * (part + 1) / parts; i++) {
                    int start = i * BLOCK;
                    int count = Math.min(BLOCK, length - start);
                    FloatPointer block = Loops.at(to, start);
                    cblas_saxpy(count, 1, Loops.at(from, start), 1, block, 1);
                    squares[i] = cblas_sdot(count, block, 1, block, 1);
                }
            });
            return Arrays.stream(squares).sum();
        } finally {
            Reference.reachabilityFence(List.of(sum, a));
        }
    }

    /** {@code x *= factor}. */
    static void scale(INDArray x, float factor) {
        try {
            cblas_sscal((int) x.length(), factor, Loops.target(x), 1);
        } finally {
            Reference.reachabilityFence(x);
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

    /** {@code out = keep * out + factor * a b}, a and b transposed if so asked; out must be dense. */
    static void multiply(
            INDArray out, float keep, float factor, INDArray a, boolean transposeA, INDArray b, boolean transposeB) {
        try {
            int n = Math.toIntExact(out.size(-1));
            boolean one = out.rank() == 2 || (b.rank() == 2 && !transposeA);
            int m = Math.toIntExact(one ? out.length() / n : out.size(-2));
            new Product(
                            m,
                            n,
                            Math.toIntExact(one ? a.length() / m : a.size(transposeA ? -2 : -1)),
                            Loops.pointer(a),
                            transposeA,
                            Loops.pointer(b),
                            transposeB,
                            keep,
                            factor,
                            Loops.target(out))
                    .compute(out.length());
        } finally {
            Reference.reachabilityFence(List.of(out, a, b));
        }
    }
}
