package dev.fastif.hvp.autodiff;

import java.util.List;
import java.util.Locale;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The arithmetic that operations are written in, so that a device or a faster library is one new class. Matrices are the
 * last two dimensions, leading dimensions are a batch; where one of two factors is a single matrix, the batch of the other
 * counts as rows of one matrix. Results are fresh C-order arrays; only methods named {@code add...},
 * {@code set...} and {@code scale} write to an argument, their first, which must not overlap the others.
 */
interface Kernels {
    /** The fastest for numbers of this type on ND4J's back end. */
    static Kernels of(DataType type) {
        return type == DataType.FLOAT && Choice.CPU ? CpuKernels.INSTANCE : Nd4jKernels.INSTANCE;
    }

    /** The threads that share the arithmetic of a pass on this one; to be closed after the pass. */
    Team gather();

    /** a b. */
    INDArray matmul(INDArray a, INDArray b);

    /** a b^T. */
    INDArray matmulNT(INDArray a, INDArray b);

    /**
     * Each a, all of one shape, times the matrix b; a row [c], unless it is null, is added to each row of its product.
     *
     * @param added a row for each a
     */
    default List<INDArray> matmul(List<INDArray> as, INDArray b, @Nullable INDArray... added) {
        List<INDArray> products = as.stream().map(a -> matmul(a, b)).toList();
        for (int i = 0; i < added.length; i++) {
            INDArray row = added[i];
            if (row != null) {
                addRow(products.get(i), row);
            }
        }
        return products;
    }

    /** Each a, all of one shape, times the matrix b^T. */
    default List<INDArray> matmulNT(List<INDArray> as, INDArray b) {
        return as.stream().map(a -> matmulNT(a, b)).toList();
    }

    /** a^T b. */
    INDArray matmulTN(INDArray a, INDArray b);

    /** sum += a b. */
    void addMatmul(INDArray sum, INDArray a, INDArray b);

    /** sum += a b^T. */
    void addMatmulNT(INDArray sum, INDArray a, INDArray b);

    /** sum += a^T b. */
    void addMatmulTN(INDArray sum, INDArray a, INDArray b);

    /** out = keep * out + factor * a^T b; with keep = 0, out may hold anything. */
    void setMatmulTN(INDArray out, double keep, double factor, INDArray a, INDArray b);

    /** out = keep * out + factor * the sum of a^T b of each a with its b; with keep = 0, out may hold anything. */
    default void setMatmulTN(INDArray out, double keep, double factor, List<INDArray> as, List<INDArray> bs) {
        setMatmulTN(out, keep, factor, as.get(0), bs.get(0));
        for (int i = 1; i < as.size(); i++) {
            setMatmulTN(out, 1, factor, as.get(i), bs.get(i));
        }
    }

    /** For each head, rows x [n, h] times its columns of w [c, h] transposed: [n, heads, c]. */
    INDArray headsNT(INDArray x, INDArray w, int heads);

    /** For each head, rows y [n, heads, c] times its columns of w [c, h]: [n, h]. */
    INDArray heads(INDArray y, INDArray w);

    /** For each head, its columns of out [c, h] = keep * out + factor * y^T x, of y [n, heads, c] and its columns of x [n, h]. */
    void setHeadsTN(INDArray out, double keep, double factor, INDArray y, INDArray x);

    /** For each head, factor * a b^T over its columns of sequences a [n, r, h] and b [n, t, h]: [n, heads, r, t]. */
    INDArray scores(INDArray a, INDArray b, int heads, double factor);

    /** scores += {@link #scores}. */
    void addScores(INDArray scores, INDArray a, INDArray b, double factor);

    /** For each head, factor * weights b, of weights [n, heads, r, t] and its columns of sequences b [n, t, h]: [n, r, h]. */
    INDArray means(INDArray weights, INDArray b, double factor);

    /** means += {@link #means}. */
    void addMeans(INDArray means, INDArray weights, INDArray b, double factor);

    /** For each head, factor * weights^T a, of weights [n, heads, r, t] and its columns of sequences a [n, r, h]: [n, t, h]. */
    INDArray shares(INDArray weights, INDArray a, double factor);

    /** shares += {@link #shares}. */
    void addShares(INDArray shares, INDArray weights, INDArray a, double factor);

    /** Arrays [n, ...] of equal shapes, one after the other: [count * n, ...]. */
    INDArray stack(List<INDArray> arrays);

    /** Zeros of this type. */
    INDArray zeros(DataType type, long... shape);

    /** factor * x. */
    INDArray scaled(INDArray x, double factor);

    /** Adds {@code row} [c] to each row of {@code matrix} [..., c]. */
    void addRow(INDArray matrix, INDArray row);

    /** out [c] = keep * out + factor * the sum of the rows of {@code matrix} [..., c]; with keep = 0, out may hold anything. */
    void setSumOfRows(INDArray out, double keep, double factor, INDArray matrix);

    /** Each row of {@code matrix} [..., c] times {@code row} [c], element by element. */
    default INDArray mulRow(INDArray matrix, INDArray row) {
        return mulRows(List.of(matrix), List.of(row), null);
    }

    /** The sum of {@link #mulRow} of each matrix with its row; {@code plus} [c], if given, is added to each row of it. */
    INDArray mulRows(List<INDArray> matrices, List<INDArray> rows, @Nullable INDArray plus);

    /** a + b, element by element. */
    INDArray add(INDArray a, INDArray b);

    /** a * b, element by element. */
    INDArray mul(INDArray a, INDArray b);

    /** sum += a, element by element. */
    void add(INDArray sum, INDArray a, double factor);

    /** sum += a, element by element; adds the sum of squares of the result to {@code squares}. */
    void addAndSquare(INDArray sum, INDArray a, Total squares);

    /** x *= factor, element by element. */
    void scale(INDArray x, double factor);

    /** One token of each sequence: [n, t, c] to [n, c]. */
    INDArray token(INDArray x, int index);

    /** Sequences [n, t, c] that are zero but for one token, {@code rows} [n, c]. */
    INDArray onlyToken(INDArray rows, long t, int index);

    /** Lowers the scores [n, ..., t] of tokens whose mask [n, t] is 0 by {@code penalty}. */
    void addMask(INDArray scores, INDArray mask, double penalty);

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

    /** The class of an example, as an index. */
    static int index(double label, int example, long classes) {
        if (label >= 0 && label < classes && label == Math.rint(label)) {
            return (int) label;
        }
        throw new IllegalArgumentException(String.format(
                Locale.ROOT,
                "label of example %d is %s: class indices are whole numbers from 0 to %d",
                example,
                label,
                classes - 1));
    }

    /** Whether the team shares all of the work, so that it can be recorded. */
    default boolean isShared() {
        return false;
    }

    /** Whether {@link CpuKernels} can be used; {@code -Dfastif.kernels=nd4j} says that they shall not. */
    final class Choice {
        private static final Logger log = LoggerFactory.getLogger(GraphModel.class);
        private static final boolean CPU = cpu();

        private Choice() {}

        private static boolean cpu() {
            String wanted = System.getProperty("fastif.kernels", "cpu");
            if (wanted.equals("nd4j") || Nd4j.getExecutioner().type() != OpExecutioner.ExecutionerType.NATIVE_CPU) {
                log.info(
                        "arithmetic by ND4J's operations: {}",
                        wanted.equals("nd4j") ? "as asked for" : "not on the CPU");
                return false;
            }
            if (!wanted.equals("cpu")) {
                throw new IllegalArgumentException("fastif.kernels is " + wanted + ": it must be cpu or nd4j");
            }
            try {
                Loader.load(openblas_nolapack.class);
                return true;
            } catch (LinkageError e) {
                log.info("no OpenBLAS for this platform: arithmetic by ND4J's operations, which is slower", e);
                return false;
            }
        }
    }
}
