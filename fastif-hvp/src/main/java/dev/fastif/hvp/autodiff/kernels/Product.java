package dev.fastif.hvp.autodiff.kernels;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemm;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemv;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sger;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.nativeblas.NativeOpsHolder;

/**
 * {@code z = keep * z + factor * x y} for one or more matrices z [m, n], x [m, k] and y [k, n], in the way that is fastest
 * for the sizes that passes over a few short texts have, shared by the session's team.
 *
 * @param count how many products
 * @param transposeX whether x lies in memory as [k, m]
 * @param transposeY whether y lies in memory as [n, k]
 */
record Product(
        int count,
        int m,
        int n,
        int k,
        Matrices x,
        boolean transposeX,
        Matrices y,
        boolean transposeY,
        float keep,
        float factor,
        Matrices z) {
    /** Up to so many rows are multiplied one after the other: packing the matrix would take longer. */
    private static final int FEW_ROWS = 3;

    /** With AVX-512, OpenBLAS reads matrices where they lie, without packing them, for at most so many multiplications. */
    private static final int UNPACKED = 1_000_000;

    /** Measured sizes of blocks that are fast unpacked; the product of rows by a matrix also gains by them when packed. */
    private static final int BLOCK_DEPTH = 64;

    private static final int BLOCK_ROWS = 96;
    private static final int BLOCK_COLUMNS = 128;

    /** Whether the machine has AVX-512, as ND4J counts the levels of a processor. */
    private static final boolean AVX_512 =
            NativeOpsHolder.getInstance().getDeviceNativeOps().optimalLevel() >= 3;

    /** Columns are cut into multiples of this. */
    private static final int LANES = 16;

    private static final double FLOPS_A_NANOSECOND = 100;
    private static final double BYTES_A_NANOSECOND = 20;

    /** What a part should take at least. */
    private static final double PART_NANOSECONDS = 15_000;

    /** {@code out = keep * out + factor * x y}, where factors lie. */
    static Product of(Session session, Factor out, double keep, double factor, Factor x, Factor y) {
        int n = out.columns();
        boolean isOne = out.isSingle() || (y.isSingle() && !x.isTransposed());
        int m = isOne ? Math.toIntExact(out.array().length() / n) : out.rows();
        int k = isOne ? Math.toIntExact(x.array().length() / m) : x.isTransposed() ? x.rows() : x.columns();
        int count = isOne && out.heads() == 1 ? 1 : out.count();
        if (x.array().length() != (long) count * m * k || y.array().length() != (long) count * k * n) {
            throw Kernels.misfit(out, x, y);
        }
        return new Product(
                count,
                m,
                n,
                k,
                x.isTransposed()
                        ? Matrices.of(session.source(x.array()), k, x.heads(), m)
                        : Matrices.of(session.source(x.array()), m, x.heads(), k),
                x.isTransposed(),
                y.isTransposed()
                        ? Matrices.of(session.source(y.array()), n, y.heads(), k)
                        : Matrices.of(session.source(y.array()), k, y.heads(), n),
                y.isTransposed(),
                (float) keep,
                (float) factor,
                Matrices.of(session.target(out.array()), m, out.heads(), n));
    }

    /**
     * Computes all matrices z.
     *
     * @param held the arrays that they lie in
     */
    void compute(Session session, INDArray... held) {
        int parts = parts(session.size());
        session.share(parts, (scratch, part) -> compute(scratch, part, parts), held);
    }

    private int parts(int members) {
        double flops = 2.0 * m * n * k;
        double bytes = Float.BYTES * ((double) m * k + (double) k * n + (double) m * n);
        double nanoseconds = count * (flops / FLOPS_A_NANOSECOND + bytes / BYTES_A_NANOSECOND);
        int most = Math.min(members, count > 1 ? count : Math.max(m, n / LANES));
        return (int) Math.max(1, Math.min(most, nanoseconds / PART_NANOSECONDS));
    }

    private void compute(Scratch scratch, int part, int parts) {
        if (count > 1) {
            for (int i = cut(count, part, parts, 1), end = cut(count, part + 1, parts, 1); i < end; i++) {
                multiply(scratch, m, n, x.at(i), y.at(i), z.at(i));
            }
        } else if (n >= m && !transposeX) {
            int column = cut(n, part, parts, LANES);
            int columns = cut(n, part + 1, parts, LANES) - column;
            multiply(scratch, m, columns, x.at(0), ofY(y.at(0), 0, column), z.at(z.at(0), 0, column));
        } else {
            int row = cut(m, part, parts, 1);
            int rows = cut(m, part + 1, parts, 1) - row;
            multiply(scratch, rows, n, ofX(x.at(0), row, 0), y.at(0), z.at(z.at(0), row, 0));
        }
    }

    /** Where a part of so many things begins. */
    private static int cut(int things, int part, int parts, int multiple) {
        return part == parts ? things : (int) ((long) things * part / parts) / multiple * multiple;
    }

    private long ofX(long px, int row, int depth) {
        return transposeX ? x.at(px, depth, row) : x.at(px, row, depth);
    }

    private long ofY(long py, int depth, int column) {
        return transposeY ? y.at(py, column, depth) : y.at(py, depth, column);
    }

    private void multiply(Scratch scratch, int rows, int columns, long px, long py, long pz) {
        if (rows <= FEW_ROWS && !transposeX) {
            for (int i = 0; i < rows; i++) {
                multiplyRow(scratch, columns, x.at(px, i, 0), py, z.at(pz, i, 0));
            }
        } else if (k == 1 && keep == 1) {
            int stepX = transposeX ? 1 : x.stride();
            int stepY = transposeY ? y.stride() : 1;
            cblas_sger(
                    CblasRowMajor,
                    rows,
                    columns,
                    factor,
                    scratch.x.at(px),
                    stepX,
                    scratch.y.at(py),
                    stepY,
                    scratch.z.at(pz),
                    z.stride());
        } else {
            multiplyBlocks(scratch, rows, columns, px, py, pz);
        }
    }

    private void multiplyRow(Scratch scratch, int columns, long px, long py, long pz) {
        cblas_sgemv(
                CblasRowMajor,
                transposeY ? CblasNoTrans : CblasTrans,
                transposeY ? columns : k,
                transposeY ? k : columns,
                factor,
                scratch.y.at(py),
                y.stride(),
                scratch.x.at(px),
                1,
                keep,
                scratch.z.at(pz),
                1);
    }

    private void multiplyBlocks(Scratch scratch, int rows, int columns, long px, long py, long pz) {
        int halves = halvesOfBlock(rows);
        int height = halves > 0 && transposeX ? BLOCK_ROWS / halves : rows;
        int width = halves == 0 ? columns : transposeX ? BLOCK_COLUMNS : BLOCK_COLUMNS / halves;
        int depth = halves > 0 && !transposeX ? BLOCK_DEPTH : k;
        for (int i = 0; i < rows; i += height) {
            for (int j = 0; j < columns; j += width) {
                for (int start = 0; start < k; start += depth) {
                    multiplyBlock(
                            scratch,
                            Math.min(height, rows - i),
                            Math.min(width, columns - j),
                            Math.min(depth, k - start),
                            ofX(px, i, start),
                            ofY(py, start, j),
                            start == 0 ? keep : 1,
                            z.at(pz, i, j));
                }
            }
        }
    }

    /** Whether a block as large as can be is read unpacked: 1, or half of it is: 2, or the whole is multiplied at once: 0. */
    private int halvesOfBlock(int rows) {
        if (transposeY || (transposeX && !AVX_512)) {
            return 0;
        }
        long block = (long) BLOCK_COLUMNS * (transposeX ? (long) BLOCK_ROWS * k : (long) rows * BLOCK_DEPTH);
        return block <= UNPACKED ? 1 : block <= 2 * UNPACKED ? 2 : 0;
    }

    private void multiplyBlock(
            Scratch scratch, int rows, int columns, int depth, long px, long py, float keepZ, long pz) {
        cblas_sgemm(
                CblasRowMajor,
                transposeX ? CblasTrans : CblasNoTrans,
                transposeY ? CblasTrans : CblasNoTrans,
                rows,
                columns,
                depth,
                factor,
                scratch.x.at(px),
                x.stride(),
                scratch.y.at(py),
                y.stride(),
                keepZ,
                scratch.z.at(pz),
                z.stride());
    }
}
