package dev.fastif.knn.internal;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What native code may read as plain rows of numbers. */
public final class Dense {
    private Dense() {}

    /** Whether a matrix [n, d] lies in its buffer from the beginning, row after row, with nothing between them. */
    public static boolean isRows(INDArray matrix) {
        return !matrix.isView()
                && matrix.offset() == 0
                && Arrays.equals(matrix.stride(), new long[] {matrix.size(1), 1});
    }

    /** The matrix itself if {@link #isRows}, else a copy that is. Outside of workspaces, which end sooner than what keeps it. */
    public static INDArray rows(INDArray matrix) {
        INDArray rows = isRows(matrix) ? matrix : matrix.dup('c');
        return rows.isAttached() ? rows.detach() : rows;
    }
}
