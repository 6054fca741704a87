package dev.fastif.hvp.autodiff;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Single precision on the CPU: matrix products by BLAS straight on ND4J's buffers, everything else in loops that fuse what
 * the reference does one operation after the other. Its results are those of {@link Nd4jKernels} up to rounding.
 */
final class CpuKernels implements Kernels {
    static final Kernels INSTANCE = new CpuKernels();

    /** Up to so many rows are copied to be multiplied together: the matrix is then read from memory only once. */
    private static final int FEW_ROWS = 256;

    /** Up to so many rows are copied to be summed over together: what they are added to is then walked over only once. */
    private static final int VERY_FEW_ROWS = 16;

    private CpuKernels() {}

    @Override
    public Team gather() {
        return Team.gather();
    }

    @Override
    public boolean isShared() {
        return true;
    }

    @Override
    public INDArray matmul(INDArray a, INDArray b) {
        INDArray out = like(a, a.size(-2), b.size(-1));
        Blas.multiply(out, 0, 1, a, false, b, false);
        return out;
    }

    @Override
    public INDArray matmulNT(INDArray a, INDArray b) {
        INDArray out = like(a, a.size(-2), b.size(-2));
        Blas.multiply(out, 0, 1, a, false, b, true);
        return out;
    }

    // The rows are there before the products are added to them: a walk over the products less than to add them after.
    @Override
    public List<INDArray> matmul(List<INDArray> as, INDArray b, @Nullable INDArray... added) {
        if (areTogether(as)) {
            return apart(plusProduct(stack(as), b, added), as.size());
        }
        List<INDArray> products = new ArrayList<>();
        for (int i = 0; i < as.size(); i++) {
            products.add(plusProduct(as.get(i), b, added[i]));
        }
        return products;
    }

    private static INDArray plusProduct(INDArray a, INDArray b, @Nullable INDArray... added) {
        INDArray out = like(a, a.size(-2), b.size(-1));
        boolean none = Arrays.stream(added).allMatch(Objects::isNull);
        for (int i = 0; !none && i < added.length; i++) {
            setRows(out, i, added.length, added[i]);
        }
        Blas.multiply(out, none ? 0 : 1, 1, a, false, b, false);
        return out;
    }

    /** Sets each row of one of some equal parts of an array; null is a row of zeros. */
    private static void setRows(INDArray out, int part, int parts, @Nullable INDArray row) {
        int columns = Math.toIntExact(out.size(-1));
        long elements = out.length() / parts;
        long to = Loops.at(Loops.target(out), part * elements);
        long from = row == null ? 0 : Loops.source(row);
        Loops.each(elements, columns, (loops, start, length) -> {
            float[] values = row == null ? loops.zeros(0, columns) : loops.read(0, from, 0, columns);
            float[] rows = loops.room(1, length);
            for (int i = 0; i < length; i += columns) {
                System.arraycopy(values, 0, rows, i, columns);
            }
            loops.write(rows, to, start, length);
        });
    }

    @Override
    public List<INDArray> matmulNT(List<INDArray> as, INDArray b) {
        return areTogether(as)
                ? apart(matmulNT(stack(as), b), as.size())
                : as.stream().map(a -> matmulNT(a, b)).toList();
    }

    private static boolean areTogether(List<INDArray> as) {
        INDArray first = as.get(0);
        return as.size() > 1 && as.size() * (first.length() / first.size(-1)) <= FEW_ROWS;
    }

    private static List<INDArray> apart(INDArray products, int count) {
        long length = products.length() / count;
        long[] shape = products.shape().clone();
        shape[0] /= count;
        return IntStream.range(0, count)
                .mapToObj(i -> Arena.part(products, i * length, shape))
                .toList();
    }

    @Override
    public INDArray matmulTN(INDArray a, INDArray b) {
        INDArray out = like(a, a.size(-1), b.size(-1));
        Blas.multiply(out, 0, 1, a, true, b, false);
        return out;
    }

    @Override
    public void addMatmul(INDArray sum, INDArray a, INDArray b) {
        Blas.multiply(sum, 1, 1, a, false, b, false);
    }

    @Override
    public void addMatmulNT(INDArray sum, INDArray a, INDArray b) {
        Blas.multiply(sum, 1, 1, a, false, b, true);
    }

    @Override
    public void addMatmulTN(INDArray sum, INDArray a, INDArray b) {
        Blas.multiply(sum, 1, 1, a, true, b, false);
    }

    @Override
    public void setMatmulTN(INDArray out, double keep, double factor, INDArray a, INDArray b) {
        Blas.multiply(out, (float) keep, (float) factor, a, true, b, false);
    }

    @Override
    public void setMatmulTN(INDArray out, double keep, double factor, List<INDArray> as, List<INDArray> bs) {
        INDArray first = as.get(0);
        if (as.size() * (first.length() / first.size(-1)) > VERY_FEW_ROWS) {
            Kernels.super.setMatmulTN(out, keep, factor, as, bs);
        } else {
            setMatmulTN(out, keep, factor, stack(as), stack(bs));
        }
    }

    @Override
    public INDArray headsNT(INDArray x, INDArray w, int heads) {
        INDArray y = Arena.array(x.size(0), heads, w.size(0));
        HeadProduct.rows(y, x, w);
        return y;
    }

    @Override
    public INDArray heads(INDArray y, INDArray w) {
        INDArray x = Arena.array(y.size(0), w.size(1));
        HeadProduct.columns(x, y, w);
        return x;
    }

    @Override
    public void setHeadsTN(INDArray out, double keep, double factor, INDArray y, INDArray x) {
        HeadProduct.matrix(out, (float) keep, (float) factor, y, x);
    }

    @Override
    public INDArray scores(INDArray a, INDArray b, int heads, double factor) {
        INDArray scores = Arena.array(a.size(0), heads, a.size(1), b.size(1));
        HeadProduct.scores(scores, 0, (float) factor, a, b);
        return scores;
    }

    @Override
    public void addScores(INDArray scores, INDArray a, INDArray b, double factor) {
        HeadProduct.scores(scores, 1, (float) factor, a, b);
    }

    @Override
    public INDArray means(INDArray weights, INDArray b, double factor) {
        INDArray means = Arena.array(b.size(0), weights.size(2), b.size(2));
        HeadProduct.means(means, 0, (float) factor, weights, b);
        return means;
    }

    @Override
    public void addMeans(INDArray means, INDArray weights, INDArray b, double factor) {
        HeadProduct.means(means, 1, (float) factor, weights, b);
    }

    @Override
    public INDArray shares(INDArray weights, INDArray a, double factor) {
        INDArray shares = Arena.array(a.size(0), weights.size(3), a.size(2));
        HeadProduct.shares(shares, 0, (float) factor, weights, a);
        return shares;
    }

    @Override
    public void addShares(INDArray shares, INDArray weights, INDArray a, double factor) {
        HeadProduct.shares(shares, 1, (float) factor, weights, a);
    }

    @Override
    public INDArray stack(List<INDArray> arrays) {
        INDArray first = arrays.get(0);
        long[] shape = first.shape().clone();
        shape[0] *= arrays.size();
        INDArray out = Arena.array(shape);
        for (int i = 0; i < arrays.size(); i++) {
            Blas.copy(arrays.get(i), out, i * first.length());
        }
        return out;
    }

    @Override
    public INDArray zeros(DataType type, long... shape) {
        INDArray zeros = Arena.array(shape);
        long to = Loops.target(zeros);
        long bytes = zeros.length() * Float.BYTES;
        Loops.once(loops -> Pointer.memset(loops.x.at(to), 0, bytes));
        return zeros;
    }

    @Override
    public INDArray scaled(INDArray x, double factor) {
        INDArray out = like(x);
        Blas.copy(x, out, 0);
        Blas.scale(out, (float) factor);
        return out;
    }

    private static INDArray like(INDArray a, long rows, long columns) {
        long[] shape = a.shape().clone();
        shape[shape.length - 2] = rows;
        shape[shape.length - 1] = columns;
        return Arena.array(shape);
    }

    private static INDArray like(INDArray a) {
        return Arena.array(a.shape());
    }

    @Override
    public void addRow(INDArray matrix, INDArray row) {
        Blas.addRow(matrix, row);
    }

    @Override
    public void setSumOfRows(INDArray out, double keep, double factor, INDArray matrix) {
        Blas.setSumOfRows(out, (float) keep, (float) factor, matrix);
    }

    @Override
    public INDArray mulRows(List<INDArray> matrices, List<INDArray> rows, @Nullable INDArray plus) {
        INDArray out = like(matrices.get(0));
        int columns = Math.toIntExact(out.size(-1));
        long[] from = matrices.stream().mapToLong(Loops::source).toArray();
        long[] factors = rows.stream().mapToLong(Loops::source).toArray();
        long offsets = plus == null ? 0 : Loops.source(plus);
        long to = Loops.target(out);
        Loops.each(out.length(), columns, (loops, start, length) -> {
            float[] sum = loops.read(0, from[0], start, length);
            float[] row = loops.read(1, factors[0], 0, columns);
            float[] offset = plus == null ? loops.zeros(2, columns) : loops.read(2, offsets, 0, columns);
            for (int i = 0; i < length; i += columns) {
                for (int j = 0; j < columns; j++) {
                    sum[i + j] = sum[i + j] * row[j] + offset[j];
                }
            }
            for (int k = 1; k < from.length; k++) {
                float[] matrix = loops.read(3, from[k], start, length);
                addMulRow(sum, matrix, length, loops.read(1, factors[k], 0, columns), columns);
            }
            loops.write(sum, to, start, length);
        });
        return out;
    }

    private static void addMulRow(float[] sum, float[] matrix, int length, float[] row, int columns) {
        for (int i = 0; i < length; i += columns) {
            for (int j = 0; j < columns; j++) {
                sum[i + j] += matrix[i + j] * row[j];
            }
        }
    }

    @Override
    public INDArray add(INDArray a, INDArray b) {
        INDArray sum = like(a);
        Blas.setSum(sum, a, b);
        return sum;
    }

    @Override
    public INDArray mul(INDArray a, INDArray b) {
        INDArray out = like(a);
        long pa = Loops.source(a);
        long pb = Loops.source(b);
        long to = Loops.target(out);
        Loops.each(a.length(), 1, (loops, start, length) -> {
            float[] x = loops.read(0, pa, start, length);
            float[] y = loops.read(1, pb, start, length);
            for (int i = 0; i < length; i++) {
                x[i] *= y[i];
            }
            loops.write(x, to, start, length);
        });
        return out;
    }

    @Override
    public void add(INDArray sum, INDArray a, double factor) {
        Blas.add(sum, a, (float) factor);
    }

    @Override
    public void addAndSquare(INDArray sum, INDArray a, Total squares) {
        Blas.addAndSquare(sum, a, squares);
    }

    @Override
    public void scale(INDArray x, double factor) {
        Blas.scale(x, (float) factor);
    }

    @Override
    public INDArray token(INDArray x, int index) {
        int n = (int) x.size(0);
        int size = (int) (x.size(1) * x.size(2));
        int columns = (int) x.size(2);
        INDArray out = Arena.array(n, columns);
        long from = Loops.source(x);
        long to = Loops.target(out);
        Loops.once(loops -> {
            for (int i = 0; i < n; i++) {
                loops.write(loops.read(0, from, i * size + index * columns, columns), to, i * columns, columns);
            }
        });
        return out;
    }

    @Override
    public INDArray onlyToken(INDArray rows, long t, int index) {
        int n = (int) rows.size(0);
        int columns = (int) rows.size(1);
        int size = Math.toIntExact(t * columns);
        INDArray out = Arena.array(n, t, columns);
        long from = Loops.source(rows);
        long to = Loops.target(out);
        Loops.once(loops -> {
            float[] sequence = loops.zeros(1, size);
            for (int i = 0; i < n; i++) {
                System.arraycopy(loops.read(0, from, i * columns, columns), 0, sequence, index * columns, columns);
                loops.write(sequence, to, i * size, size);
            }
        });
        return out;
    }

    @Override
    public void addMask(INDArray scores, INDArray mask, double penalty) {
        int t = (int) mask.size(1);
        int examples = (int) mask.size(0);
        int ofExample = Math.toIntExact(scores.length() / examples);
        long penalties = Loops.source(mask.castTo(DataType.FLOAT));
        long to = Loops.target(scores);
        Loops.each(scores.length(), ofExample, (loops, start, length) -> {
            float[] s = loops.read(0, to, start, length);
            for (int example = start / ofExample, base = 0; base < length; example++, base += ofExample) {
                float[] m = loops.read(1, penalties, example * t, t);
                for (int i = 0; i < ofExample; i += t) {
                    for (int j = 0; j < t; j++) {
                        s[base + i + j] -= (float) penalty * (1 - m[j]);
                    }
                }
            }
            loops.write(s, to, start, length);
        });
    }

    @Override
    public SymmetricPoint normalize(INDArray x, double epsilon) {
        return CpuNormalized.at(x, epsilon);
    }

    @Override
    public SymmetricPoint softmax(INDArray x) {
        return CpuSoftmax.at(x);
    }

    @Override
    public List<INDArray> activate(Activation f, INDArray x, List<INDArray> tangents) {
        return CpuActivation.of(f).forward(x, tangents);
    }

    @Override
    public List<INDArray> activateBack(
            Activation f, INDArray x, INDArray g, List<INDArray> xTangents, List<INDArray> gTangents) {
        return CpuActivation.of(f).back(x, g, xTangents, gTangents);
    }

    @Override
    public INDArray lessOneAt(INDArray rows, INDArray classes) {
        INDArray out = like(rows);
        Blas.copy(rows, out, 0);
        int columns = (int) rows.size(1);
        int n = (int) rows.size(0);
        long labels = Loops.source(classes.castTo(DataType.FLOAT));
        long to = Loops.target(out);
        Loops.once(loops -> {
            for (int i = 0; i < n; i++) {
                float label = loops.read(0, labels, i, 1)[0];
                float[] row = loops.read(1, to, i * columns, columns);
                row[Kernels.index(label, i, columns)] -= 1;
                loops.write(row, to, i * columns, columns);
            }
        });
        return out;
    }
}
