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
import java.util.function.Consumer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Matrix products in single precision on ND4J's buffers. Matrices are the last two dimensions. An address does not keep its
 * array alive, so arrays are held until BLAS has returned.
 */
final class Blas {
    /** So many elements of two vectors fit the second cache. */
    private static final int BLOCK = 1 << 15;

    private Blas() {}

    private static void once(Consumer<Loops> work, INDArray... held) {
        try {
            Loops.once(work);
        } finally {
            Reference.reachabilityFence(held);
        }
    }

    /** {@code matrix += 1 row^T}. */
    static void addRow(INDArray matrix, INDArray row) {
        int columns = (int) row.length();
        int rows = (int) (matrix.length() / columns);
        long from = Loops.source(row);
        long to = Loops.target(matrix);
        once(
                loops -> cblas_sger(
                        CblasRowMajor,
                        rows,
                        columns,
                        1,
                        loops.ones(rows),
                        1,
                        loops.x.at(from),
                        1,
                        loops.y.at(to),
                        columns),
                matrix,
                row);
    }

    /** {@code out = keep * out + factor * matrix^T 1}. */
    static void setSumOfRows(INDArray out, float keep, float factor, INDArray matrix) {
        int columns = (int) out.length();
        int rows = (int) (matrix.length() / columns);
        long from = Loops.source(matrix);
        long to = Loops.target(out);
        once(
                loops -> cblas_sgemv(
                        CblasRowMajor,
                        CblasTrans,
                        rows,
                        columns,
                        factor,
                        loops.x.at(from),
                        columns,
                        loops.ones(rows),
                        1,
                        keep,
                        loops.y.at(to),
                        1),
                out,
                matrix);
    }

    /** {@code sum += factor * a}. */
    static void add(INDArray sum, INDArray a, float factor) {
        int length = (int) sum.length();
        long from = Loops.source(a);
        long to = Loops.target(sum);
        once(loops -> cblas_saxpy(length, factor, loops.x.at(from), 1, loops.y.at(to), 1), sum, a);
    }

    /**
     * {@code sum += a}; adds the sum of squares of the result to {@code squares}. Block by block; the members of the pass's team
     * take blocks that lie together, as {@link Product} cuts a matrix that is a sum over rows: what one has just written is in
     * its cache.
     */
    static void addAndSquare(INDArray sum, INDArray a, Total squares) {
        int length = Math.toIntExact(sum.length());
        long from = Loops.source(a);
        long to = Loops.target(sum);
        int blocks = (length + BLOCK - 1) / BLOCK;
        double[] ofBlocks = new double[blocks];
        Team team = Team.current();
        int parts = Math.min(team.size(), blocks);
        team.share(parts, part -> {
            Loops loops = Loops.get();
            for (int i = blocks * part / parts; i < blocks * (part + 1) / parts; i++) {
                int start = i * BLOCK;
                int count = Math.min(BLOCK, length - start);
                Loops.Cursor block = loops.y.at(Loops.at(to, start));
                cblas_saxpy(count, 1, loops.x.at(Loops.at(from, start)), 1, block, 1);
                ofBlocks[i] = cblas_sdot(count, block, 1, block, 1);
            }
        });
        once(loops -> squares.addAll(ofBlocks), sum, a);
    }

    /** {@code x *= factor}. */
    static void scale(INDArray x, float factor) {
        int length = (int) x.length();
        long at = Loops.target(x);
        once(loops -> cblas_sscal(length, factor, loops.x.at(at), 1), x);
    }

    /** Copies an array into a dense one, from this element on. */
    static void copy(INDArray from, INDArray to, long start) {
        int length = (int) from.length();
        long source = Loops.source(from);
        long target = Loops.at(Loops.target(to), start);
        once(loops -> cblas_scopy(length, loops.x.at(source), 1, loops.y.at(target), 1), from, to);
    }

    /** {@code out = keep * out + factor * a b}, a and b transposed if so asked; out must be dense. */
    static void multiply(
            INDArray out, float keep, float factor, INDArray a, boolean transposeA, INDArray b, boolean transposeB) {
        int n = Math.toIntExact(out.size(-1));
        boolean one = out.rank() == 2 || (b.rank() == 2 && !transposeA);
        int m = Math.toIntExact(one ? out.length() / n : out.size(-2));
        int k = Math.toIntExact(one ? a.length() / m : a.size(transposeA ? -2 : -1));
        new Product(
                        Math.toIntExact(out.length() / ((long) m * n)),
                        m,
                        n,
                        k,
                        transposed(Loops.source(a), m, k, transposeA),
                        transposeA,
                        transposed(Loops.source(b), k, n, transposeB),
                        transposeB,
                        keep,
                        factor,
                        Matrices.dense(Loops.target(out), m, n))
                .compute(out, a, b);
    }

    private static Matrices transposed(long address, int rows, int columns, boolean transpose) {
        return transpose ? Matrices.dense(address, columns, rows) : Matrices.dense(address, rows, columns);
    }
}
