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

    /** Work on elements that lie together. */
    private interface Block {
        void at(Loops loops, int start, int count);
    }

    /**
     * Does some work on all of so many elements, in blocks that begin at multiples of {@code row}. The members of the pass's team
     * take blocks that lie together, as {@link Product} cuts a matrix: what one has just written is in its cache.
     */
    private static void blocks(int length, int row, Block work, INDArray... held) {
        int size = (BLOCK + row - 1) / row * row;
        int blocks = (length + size - 1) / size;
        Team team = Team.current();
        int parts = Math.min(team.size(), blocks);
        try {
            team.share(parts, part -> {
                Loops loops = Loops.get();
                for (int i = blocks * part / parts; i < blocks * (part + 1) / parts; i++) {
                    work.at(loops, i * size, Math.min(size, length - i * size));
                }
            });
        } finally {
            Reference.reachabilityFence(held);
        }
    }

    /** {@code matrix += 1 row^T}. */
    static void addRow(INDArray matrix, INDArray row) {
        int columns = (int) row.length();
        long from = Loops.source(row);
        long to = Loops.target(matrix);
        blocks(
                Math.toIntExact(matrix.length()),
                columns,
                (loops, start, count) -> cblas_sger(
                        CblasRowMajor,
                        count / columns,
                        columns,
                        1,
                        loops.ones(count / columns),
                        1,
                        loops.x.at(from),
                        1,
                        loops.y.at(Loops.at(to, start)),
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
        long from = Loops.source(a);
        long to = Loops.target(sum);
        blocks(
                Math.toIntExact(sum.length()),
                1,
                (loops, start, count) -> cblas_saxpy(
                        count, factor, loops.x.at(Loops.at(from, start)), 1, loops.y.at(Loops.at(to, start)), 1),
                sum,
                a);
    }

    /** {@code sum = a + b}. */
    static void setSum(INDArray sum, INDArray a, INDArray b) {
        long first = Loops.source(a);
        long second = Loops.source(b);
        long to = Loops.target(sum);
        blocks(
                Math.toIntExact(sum.length()),
                1,
                (loops, start, count) -> {
                    Loops.Cursor block = loops.y.at(Loops.at(to, start));
                    cblas_scopy(count, loops.x.at(Loops.at(first, start)), 1, block, 1);
                    cblas_saxpy(count, 1, loops.x.at(Loops.at(second, start)), 1, block, 1);
                },
                sum,
                a,
                b);
    }

    /** {@code sum += a}; adds the sum of squares of the result to {@code squares}. */
    static void addAndSquare(INDArray sum, INDArray a, Total squares) {
        int length = Math.toIntExact(sum.length());
        long from = Loops.source(a);
        long to = Loops.target(sum);
        double[] ofBlocks = new double[(length + BLOCK - 1) / BLOCK];
        blocks(
                length,
                1,
                (loops, start, count) -> {
                    Loops.Cursor block = loops.y.at(Loops.at(to, start));
                    cblas_saxpy(count, 1, loops.x.at(Loops.at(from, start)), 1, block, 1);
                    ofBlocks[start / BLOCK] = cblas_sdot(count, block, 1, block, 1);
                },
                sum,
                a);
        Loops.once(loops -> squares.addAll(ofBlocks));
    }

    /** {@code x *= factor}. */
    static void scale(INDArray x, float factor) {
        int length = (int) x.length();
        long at = Loops.target(x);
        once(loops -> cblas_sscal(length, factor, loops.x.at(at), 1), x);
    }

    /** Copies an array into a dense one, from this element on. */
    static void copy(INDArray from, INDArray to, long start) {
        long source = Loops.source(from);
        long target = Loops.at(Loops.target(to), start);
        blocks(
                Math.toIntExact(from.length()),
                1,
                (loops, first, count) -> cblas_scopy(
                        count, loops.x.at(Loops.at(source, first)), 1, loops.y.at(Loops.at(target, first)), 1),
                from,
                to);
    }

    /** {@code out = keep * out + factor * a b}, a and b transposed if so asked; out must be dense. */
    static void multiply(
            INDArray out, float keep, float factor, INDArray a, boolean transposeA, INDArray b, boolean transposeB) {
        int n = Math.toIntExact(out.size(-1));
        boolean one = out.rank() == 2 || (b.rank() == 2 && !transposeA);
        int m = Math.toIntExact(one ? out.length() / n : out.size(-2));
        int k = Math.toIntExact(one ? a.length() / m : a.size(transposeA ? -2 : -1));
        int count = Math.toIntExact(out.length() / ((long) m * n));
        if (a.length() != (long) count * m * k || b.length() != (long) count * k * n) {
            throw new IllegalArgumentException("arrays of shapes " + Arrays.toString(a.shape()) + " and "
                    + Arrays.toString(b.shape()) + " have no product of shape " + Arrays.toString(out.shape()));
        }
        new Product(
                        count,
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
