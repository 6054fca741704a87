package dev.fastif.hvp.autodiff;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemm;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemv;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sger;

import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.nativeblas.NativeOpsHolder;

/**
 * {@code z = keep * z + factor * x y} for one or more dense matrices z [m, n], x [m, k] and y [k, n], one after the other in memory,
 * in the way that is fastest for the sizes that passes over a few short texts have, shared by the team of the pass.
 */
record Product(
        int m,
        int n,
        int k,
        FloatPointer x,
        boolean transposeX,
        FloatPointer y,
        boolean transposeY,
        float keep,
        float factor,
        FloatPointer z) {
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

    /** Computes all matrices z, which have so many elements together. */
    void compute(long elements) {
        int matrices = Math.toIntExact(elements / ((long) m * n));
        int parts = parts(matrices);
        Team team = Team.current();
        if (matrices > 1) {
            team.share(parts, part -> {
                for (int i = cut(matrices, part, parts, 1), end = cut(matrices, part + 1, parts, 1); i < end; i++) {
                    multiply(i, 0, m, 0, n);
                }
            });
        } else if (n >= m && !transposeX) {
            team.share(parts, part -> {
                int start = cut(n, part, parts, LANES);
                multiply(0, 0, m, start, cut(n, part + 1, parts, LANES) - start);
            });
        } else {
            team.share(parts, part -> {
                int start = cut(m, part, parts, 1);
                multiply(0, start, cut(m, part + 1, parts, 1) - start, 0, n);
            });
        }
    }

    private int parts(int matrices) {
        double flops = 2.0 * m * n * k;
        double bytes = Float.BYTES * ((double) m * k + (double) k * n + (double) m * n);
        double nanoseconds = matrices * (flops / FLOPS_A_NANOSECOND + bytes / BYTES_A_NANOSECOND);
        int most = Math.min(Team.current().size(), matrices > 1 ? matrices : Math.max(m, n / LANES));
        return (int) Math.max(1, Math.min(most, nanoseconds / PART_NANOSECONDS));
    }

    /** Where a part of so many things begins. */
    private static int cut(int things, int part, int parts, int multiple) {
        return part == parts ? things : (int) ((long) things * part / parts) / multiple * multiple;
    }

    private void multiply(int matrix, int row, int rows, int column, int columns) {
        FloatPointer px = Loops.at(x, (long) matrix * m * k + (transposeX ? row : (long) row * k));
        FloatPointer py = Loops.at(y, (long) matrix * k * n + (transposeY ? (long) column * k : column));
        FloatPointer pz = Loops.at(z, (long) matrix * m * n + (long) row * n + column);
        if (rows <= FEW_ROWS && !transposeX) {
            for (int i = 0; i < rows; i++) {
                multiplyRow(Loops.at(px, (long) i * k), py, columns, Loops.at(pz, (long) i * n));
            }
        } else if (k == 1 && keep == 1) {
            cblas_sger(CblasRowMajor, rows, columns, factor, px, 1, py, 1, pz, n);
        } else {
            multiply(rows, columns, block(rows, columns), px, py, pz);
        }
    }

    /** What part of a product is computed at once. */
    private record Block(int rows, int columns, int depth) {
        boolean isUnpacked() {
            return (long) rows * columns * depth <= UNPACKED;
        }
    }

    private Block block(int rows, int columns) {
        Block whole = new Block(rows, columns, k);
        if (transposeY || (transposeX && !AVX_512)) {
            return whole;
        }
        Block large =
                transposeX ? new Block(BLOCK_ROWS, BLOCK_COLUMNS, k) : new Block(rows, BLOCK_COLUMNS, BLOCK_DEPTH);
        Block small = transposeX
                ? new Block(BLOCK_ROWS / 2, BLOCK_COLUMNS, k)
                : new Block(rows, BLOCK_COLUMNS / 2, BLOCK_DEPTH);
        return large.isUnpacked() ? large : small.isUnpacked() ? small : whole;
    }

    private void multiply(int rows, int columns, Block block, FloatPointer px, FloatPointer py, FloatPointer pz) {
        for (int i = 0; i < rows; i += block.rows) {
            for (int j = 0; j < columns; j += block.columns) {
                for (int start = 0; start < k; start += block.depth) {
                    multiply(
                            Math.min(block.rows, rows - i),
                            Math.min(block.columns, columns - j),
                            Math.min(block.depth, k - start),
                            Loops.at(px, transposeX ? (long) start * m + i : (long) i * k + start),
                            Loops.at(py, transposeY ? (long) j * k + start : (long) start * n + j),
                            start == 0 ? keep : 1,
                            Loops.at(pz, (long) i * n + j));
                }
            }
        }
    }

    private void multiplyRow(FloatPointer px, FloatPointer py, int columns, FloatPointer pz) {
        if (transposeY) {
            cblas_sgemv(CblasRowMajor, CblasNoTrans, columns, k, factor, py, k, px, 1, keep, pz, 1);
        } else {
            cblas_sgemv(CblasRowMajor, CblasTrans, k, columns, factor, py, n, px, 1, keep, pz, 1);
        }
    }

    private void multiply(
            int rows, int columns, int depth, FloatPointer px, FloatPointer py, float keepZ, FloatPointer pz) {
        cblas_sgemm(
                CblasRowMajor,
                transposeX ? CblasTrans : CblasNoTrans,
                transposeY ? CblasTrans : CblasNoTrans,
                rows,
                columns,
                depth,
                factor,
                px,
                transposeX ? m : k,
                py,
                transposeY ? k : n,
                keepZ,
                pz,
                n);
    }
}
