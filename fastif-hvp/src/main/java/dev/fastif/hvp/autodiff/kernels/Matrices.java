package dev.fastif.hvp.autodiff.kernels;

/**
 * Matrices of one shape in memory, of rows that are contiguous: one after the other, or the columns of each head of attention
 * in larger matrices that lie one after the other.
 *
 * @param address where the first begins
 * @param stride elements from one row to the next
 * @param heads how many lie side by side
 * @param columns of each
 * @param length elements of those side by side
 */
record Matrices(long address, int stride, int heads, int columns, long length) {
    /** Matrices [rows, heads * columns]; one after the other if there is one head. */
    static Matrices of(long address, int rows, int heads, int columns) {
        return new Matrices(address, heads * columns, heads, columns, (long) rows * heads * columns);
    }

    /** Where a matrix begins. */
    long at(int i) {
        return Scratch.at(address, i / heads * length + (long) (i % heads) * columns);
    }

    /** The address of an element of the matrix that begins at {@code start}. */
    long at(long start, int row, int column) {
        return Scratch.at(start, (long) row * stride + column);
    }
}
