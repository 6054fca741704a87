package dev.fastif.hvp.autodiff.kernels;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A matrix, or many, in an array, as a product reads or writes them: where they lie, and whether they are transposed.
 *
 * @param array in C order
 * @param rows of each matrix as it lies there
 * @param columns of each
 * @param heads how many lie side by side in the array's rows: those of attention have their columns of it each
 * @param isTransposed whether it counts as its transpose
 */
public record Factor(INDArray array, int rows, int columns, int heads, boolean isTransposed) {
    /** The last two dimensions of an array [..., rows, columns]. Where a single matrix takes part, all rows of it are one. */
    public static Factor of(INDArray array) {
        return new Factor(array, Math.toIntExact(array.size(-2)), Math.toIntExact(array.size(-1)), 1, false);
    }

    /** For each head its columns, of an array [..., rows, heads * columns]. */
    public static Factor ofHeads(INDArray array, int heads) {
        return new Factor(
                array, Math.toIntExact(array.size(-2)), Math.toIntExact(array.size(-1) / heads), heads, false);
    }

    /** For each head a matrix [rows, columns], of an array [rows, heads, columns]. */
    public static Factor ofRowsOfHeads(INDArray array) {
        return new Factor(
                array,
                Math.toIntExact(array.size(0)),
                Math.toIntExact(array.size(2)),
                Math.toIntExact(array.size(1)),
                false);
    }

    /** The same, transposed. */
    public Factor transpose() {
        return new Factor(array, rows, columns, heads, !isTransposed);
    }

    /** How many matrices there are. */
    int count() {
        return Math.toIntExact(array.length() / ((long) rows * columns));
    }

    /** Whether it is one matrix, that of its array. */
    boolean isSingle() {
        return array.rank() == 2 && heads == 1;
    }

    @Override
    public String toString() {
        return array.shapeInfoToString() + (heads == 1 ? "" : " of " + heads + " heads") + (isTransposed ? "^T" : "");
    }
}
