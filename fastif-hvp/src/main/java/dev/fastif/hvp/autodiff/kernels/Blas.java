package dev.fastif.hvp.autodiff.kernels;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_saxpy;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_scopy;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sdot;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemv;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sger;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sscal;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Vectors and rows in single precision by BLAS, on ND4J's buffers. What takes long is cut into blocks that the session's team
 * shares.
 */
final class Blas {
    /** So many elements of two vectors fit the second cache. */
    private static final int BLOCK = 1 << 15;

    private final Session session;

    Blas(Session session) {
        this.session = session;
    }

    /** Work on elements that lie together. */
    private interface Block {
        void at(Scratch scratch, int start, int count);
    }

    /**
     * Does some work on all of so many elements, in blocks that begin at multiples of {@code row}. The members of the team take
     * blocks that lie together, as {@link Product} cuts a matrix: what one has just written is in its cache.
     */
    private void blocks(long elements, int row, Block work, INDArray... held) {
        int length = Math.toIntExact(elements);
        int size = (BLOCK + row - 1) / row * row;
        int blocks = (length + size - 1) / size;
        int parts = Math.min(session.size(), blocks);
        session.share(
                parts,
                (scratch, part) -> {
                    for (int i = blocks * part / parts; i < blocks * (part + 1) / parts; i++) {
                        work.at(scratch, i * size, Math.min(size, length - i * size));
                    }
                },
                held);
    }

    /** {@code matrix += 1 row^T}. */
    void addRow(INDArray matrix, INDArray row) {
        int columns = (int) row.length();
        long from = session.source(row);
        long to = session.target(matrix);
        blocks(
                matrix.length(),
                columns,
                (scratch, start, count) -> cblas_sger(
                        CblasRowMajor,
                        count / columns,
                        columns,
                        1,
                        scratch.ones(count / columns),
                        1,
                        scratch.x.at(from),
                        1,
                        scratch.y.at(Scratch.at(to, start)),
                        columns),
                matrix,
                row);
    }

    /** {@code out = keep * out + factor * matrix^T 1}. */
    void setSumOfRows(INDArray out, float keep, float factor, INDArray matrix) {
        int columns = (int) out.length();
        int rows = (int) (matrix.length() / columns);
        long from = session.source(matrix);
        long to = session.target(out);
        session.share(
                1,
                (scratch, part) -> cblas_sgemv(
                        CblasRowMajor,
                        CblasTrans,
                        rows,
                        columns,
                        factor,
                        scratch.x.at(from),
                        columns,
                        scratch.ones(rows),
                        1,
                        keep,
                        scratch.y.at(to),
                        1),
                out,
                matrix);
    }

    /** {@code sum += factor * a}. */
    void add(INDArray sum, INDArray a, float factor) {
        long from = session.source(a);
        long to = session.target(sum);
        blocks(
                sum.length(),
                1,
                (scratch, start, count) -> cblas_saxpy(
                        count,
                        factor,
                        scratch.x.at(Scratch.at(from, start)),
                        1,
                        scratch.y.at(Scratch.at(to, start)),
                        1),
                sum,
                a);
    }

    /** {@code sum = a + b}. */
    void setSum(INDArray sum, INDArray a, INDArray b) {
        long first = session.source(a);
        long second = session.source(b);
        long to = session.target(sum);
        blocks(
                sum.length(),
                1,
                (scratch, start, count) -> {
                    Scratch.Cursor block = scratch.y.at(Scratch.at(to, start));
                    cblas_scopy(count, scratch.x.at(Scratch.at(first, start)), 1, block, 1);
                    cblas_saxpy(count, 1, scratch.x.at(Scratch.at(second, start)), 1, block, 1);
                },
                sum,
                a,
                b);
    }

    /** {@code sum += a}; adds the sum of squares of the result to {@code squares}. */
    void addAndSquare(INDArray sum, INDArray a, Total squares) {
        int length = Math.toIntExact(sum.length());
        long from = session.source(a);
        long to = session.target(sum);
        double[] ofBlocks = new double[(length + BLOCK - 1) / BLOCK];
        blocks(
                length,
                1,
                (scratch, start, count) -> {
                    Scratch.Cursor block = scratch.y.at(Scratch.at(to, start));
                    cblas_saxpy(count, 1, scratch.x.at(Scratch.at(from, start)), 1, block, 1);
                    ofBlocks[start / BLOCK] = cblas_sdot(count, block, 1, block, 1);
                },
                sum,
                a);
        session.share(1, (scratch, part) -> squares.addAll(ofBlocks));
    }

    /** {@code x *= factor}. */
    void scale(INDArray x, float factor) {
        int length = (int) x.length();
        long at = session.target(x);
        session.share(1, (scratch, part) -> cblas_sscal(length, factor, scratch.x.at(at), 1), x);
    }

    /** Copies an array into a dense one, from this element on. */
    void copy(INDArray from, INDArray to, long start) {
        long source = session.source(from);
        long target = Scratch.at(session.target(to), start);
        blocks(
                from.length(),
                1,
                (scratch, first, count) -> cblas_scopy(
                        count, scratch.x.at(Scratch.at(source, first)), 1, scratch.y.at(Scratch.at(target, first)), 1),
                from,
                to);
    }
}
