package dev.fastif.hvp.index;

import dev.fastif.hvp.internal.SymmetricEigen;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Orthonormal bases of a block's rows and columns: a gradient G has the coordinates {@code U^T G V}.
 *
 * @param left U [rows, rows], a basis vector in each column; null for the rows as they are
 * @param right V [columns, columns], likewise
 */
record Basis(Block block, @Nullable INDArray left, @Nullable INDArray right) {
    /** Eigenvectors of a matrix, given row by row, as columns: that of the largest eigenvalue first. */
    static @Nullable INDArray eigenvectors(double @Nullable [] matrix, DataType type, Runnable checkpoint) {
        if (matrix == null) {
            return null;
        }
        int n = (int) Math.round(Math.sqrt(matrix.length));
        double[][] rows = new double[n][];
        for (int i = 0; i < n; i++) {
            rows[i] = java.util.Arrays.copyOfRange(matrix, i * n, (i + 1) * n);
        }
        double[][] vectors = SymmetricEigen.of(rows, checkpoint).vectors();
        double[][] descending = new double[n][];
        for (int i = 0; i < n; i++) {
            descending[i] = vectors[n - 1 - i];
        }
        return Nd4j.createFromArray(descending).castTo(type).transpose().dup('c');
    }

    /** {@code x U} of rows x [..., rows]. */
    INDArray timesLeft(INDArray x) {
        return left == null ? x : x.mmul(left);
    }

    /** {@code g V} of rows g [..., columns]. */
    INDArray timesRight(INDArray g) {
        return right == null ? g : g.mmul(right);
    }

    /** {@code U^T G V} of a gradient G [rows, columns]. */
    INDArray coordinates(INDArray gradient) {
        INDArray rows = left == null ? gradient : left.transpose().mmul(gradient);
        return timesRight(rows);
    }

    /** {@code U Y V^T} of coordinates Y [rows, columns]. */
    INDArray lifted(INDArray coordinates) {
        INDArray rows = left == null ? coordinates : left.mmul(coordinates);
        return right == null ? rows : rows.mmul(right.transpose());
    }
}
