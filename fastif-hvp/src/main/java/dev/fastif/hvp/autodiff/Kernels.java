package dev.fastif.hvp.autodiff;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The arithmetic that operations are written in, so that a device or a faster library is one new class. Matrices are the
 * last two dimensions, leading dimensions are a batch. Results are fresh C-order arrays; only methods named {@code add...}
 * write to an argument, their first, which must not overlap the others.
 */
interface Kernels {
    /** a b. */
    INDArray matmul(INDArray a, INDArray b);

    /** a b^T. */
    INDArray matmulNT(INDArray a, INDArray b);

    /** a^T b. */
    INDArray matmulTN(INDArray a, INDArray b);

    /** sum += a b. */
    void addMatmul(INDArray sum, INDArray a, INDArray b);

    /** sum += a b^T. */
    void addMatmulNT(INDArray sum, INDArray a, INDArray b);

    /** sum += a^T b. */
    void addMatmulTN(INDArray sum, INDArray a, INDArray b);

    /** Adds {@code row} [c] to each row of {@code matrix} [..., c]. */
    void addRow(INDArray matrix, INDArray row);

    /** Adds the sum of the rows of {@code matrix} [..., c] to {@code sum} [c]. */
    void addSumOfRows(INDArray sum, INDArray matrix);

    /** Each row of {@code matrix} [..., c] times {@code row} [c], element by element. */
    INDArray mulRow(INDArray matrix, INDArray row);

    /** a + b, element by element. */
    INDArray add(INDArray a, INDArray b);

    /** a * b, element by element. */
    INDArray mul(INDArray a, INDArray b);

    /** sum += a, element by element. */
    void add(INDArray sum, INDArray a, double factor);

    /** [n, t, h] to [n, heads, t, h / heads]. */
    INDArray splitHeads(INDArray x, int heads);

    /** The inverse of {@link #splitHeads}. */
    INDArray mergeHeads(INDArray x);

    /** Rows of zero mean and unit variance: {@code (x - mean) / sqrt(variance + epsilon)} over the last dimension. */
    SymmetricPoint normalize(INDArray x, double epsilon);

    /** Softmax over the last dimension. */
    SymmetricPoint softmax(INDArray x);

    /** An activation function of every element. */
    SymmetricPoint activate(Activation function, INDArray x);
}
