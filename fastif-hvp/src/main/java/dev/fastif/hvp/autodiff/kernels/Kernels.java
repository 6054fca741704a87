package dev.fastif.hvp.autodiff.kernels;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The arithmetic that operations are written in, so that a device or a faster library is one new class. What returns arrays
 * returns fresh ones in C order; only {@code add...To}, {@code set...} and {@code scale} write, to their first argument,
 * which must not overlap the others. Nothing here reads an element: memory may be a device's. For the thread of its session.
 */
public interface Kernels {
    /** An array in C order, with anything in it. */
    INDArray array(long... shape);

    /** Zeros. */
    INDArray zeros(long... shape);

    /** An array of a batch, in the type and the layout that the arithmetic takes; not to be written to. */
    INDArray load(INDArray given);

    /**
     * out = keep * out + factor * x y, of as many matrices; with keep = 0, out may hold anything. Where {@code y} is one matrix,
     * or {@code out} is and {@code x} is transposed, the rows of all of x count as those of one matrix.
     */
    void setProduct(Factor out, double keep, double factor, Factor x, Factor y);

    /** x y, of factors that have no heads: [..., rows, columns] with the leading dimensions of x. */
    default INDArray product(Factor x, Factor y) {
        long[] shape = x.array().shape().clone();
        shape[shape.length - 2] = x.isTransposed() ? x.columns() : x.rows();
        shape[shape.length - 1] = y.isTransposed() ? y.rows() : y.columns();
        INDArray out = array(shape);
        setProduct(Factor.of(out), 0, 1, x, y);
        return out;
    }

    /**
     * Each x [..., rows, k], all of one shape, times one matrix; a row [columns], unless it is null, is added to each row of its
     * product.
     *
     * @param added a row for each x, or none at all
     */
    List<INDArray> products(List<INDArray> xs, Factor matrix, @Nullable INDArray... added);

    /**
     * out = keep * out + factor * the sum of x^T y over each x [..., k] with its y [..., columns]; with keep = 0, out [k, columns]
     * may hold anything.
     */
    void setSumOfProducts(INDArray out, double keep, double factor, List<INDArray> xs, List<INDArray> ys);

    /** Arrays [n, ...] of equal shapes, one after the other: [count * n, ...]. */
    INDArray stack(List<INDArray> arrays);

    /** a + b, element by element. */
    INDArray sum(INDArray a, INDArray b);

    /** a * b, element by element. */
    INDArray times(INDArray a, INDArray b);

    /** factor * x. */
    INDArray scaled(INDArray x, double factor);

    /** x *= factor. */
    void scale(INDArray x, double factor);

    /** sum += factor * a. */
    void addTo(INDArray sum, INDArray a, double factor);

    /** sum += a; adds the sum of squares of the result to {@code squares}. */
    void addTo(INDArray sum, INDArray a, Total squares);

    /** Adds {@code row} [c] to each row of {@code matrix} [..., c]. */
    void addRowTo(INDArray matrix, INDArray row);

    /** Lowers the scores [n, ..., t] of tokens whose mask [n, t] is 0 by {@code penalty}. */
    void addMaskTo(INDArray scores, INDArray mask, double penalty);

    /** out [c] = keep * out + factor * the sum of the rows of {@code matrix} [..., c]; with keep = 0, out may hold anything. */
    void setSumOfRows(INDArray out, double keep, double factor, INDArray matrix);

    /** Each row of {@code matrix} [..., c] times {@code row} [c], element by element. */
    default INDArray timesRow(INDArray matrix, INDArray row) {
        return timesRows(List.of(matrix), List.of(row), null);
    }

    /** The sum of {@link #timesRow} of each matrix with its row; {@code plus} [c], if given, is added to each row of it. */
    INDArray timesRows(List<INDArray> matrices, List<INDArray> rows, @Nullable INDArray plus);

    /** One token of each sequence: [n, t, c] to [n, c]. */
    INDArray token(INDArray x, int index);

    /** Sequences [n, t, c] that are zero but for one token, {@code rows} [n, c]. */
    INDArray onlyToken(INDArray rows, long t, int index);

    /** Rows of zero mean and unit variance: {@code (x - mean) / sqrt(variance + epsilon)} over the last dimension. */
    SymmetricPoint normalize(INDArray x, double epsilon);

    /** Softmax over the last dimension. */
    SymmetricPoint softmax(INDArray x);

    /** y = f(x), element by element, followed by its tangent f'(x) dx for each tangent dx of x. */
    List<INDArray> activate(Activation f, INDArray x, List<INDArray> tangents);

    /**
     * The adjoint f'(x) g of x, followed by its tangent f''(x) dx g + f'(x) dg for each tangent dx of x and dg of g, as many of
     * the one as of the other.
     */
    List<INDArray> activateBack(
            Activation f, INDArray x, INDArray g, List<INDArray> xTangents, List<INDArray> gTangents);

    /**
     * Rows [n, c] less 1 in the column that each example's class [n] names.
     *
     * @throws IllegalArgumentException if a class is no whole number from 0 to c - 1
     */
    INDArray lessOneAt(INDArray rows, INDArray classes);

    /** What {@link #setProduct} says of factors that do not fit. */
    static IllegalArgumentException misfit(Factor out, Factor x, Factor y) {
        return new IllegalArgumentException("arrays of shapes "
                + Arrays.toString(x.array().shape()) + " and "
                + Arrays.toString(y.array().shape()) + " have no product of shape "
                + Arrays.toString(out.array().shape()));
    }
}
