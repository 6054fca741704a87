package dev.fastif.core.internal;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;

/** How the elements of an array lie in its buffer. */
public final class Layout {
    private Layout() {}

    /** Whether the elements lie in C order without gaps. (A view of a vector is of either order.) */
    public static boolean isContiguous(INDArray array) {
        return array.elementWiseStride() == 1 && (array.ordering() == 'c' || array.rank() == 1);
    }

    /** Whether they do, and are no part of another array, of which ND4J's {@code get} and {@code slice} sometimes see nothing. */
    public static boolean isDense(INDArray array) {
        return array.ordering() == 'c' && !array.isView();
    }

    /** Whether a matrix [n, d] lies in its buffer from the beginning, row after row, with nothing between them. */
    public static boolean isRows(INDArray matrix) {
        return !matrix.isView()
                && matrix.offset() == 0
                && Arrays.equals(matrix.stride(), new long[] {matrix.size(1), 1});
    }

    /** The matrix itself if it {@link #isRows}, else a copy that is. Outside of workspaces, which end sooner than what keeps it. */
    public static INDArray rows(INDArray matrix) {
        INDArray rows = isRows(matrix) ? matrix : matrix.dup('c');
        return rows.isAttached() ? rows.detach() : rows;
    }
}
