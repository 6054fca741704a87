package dev.fastif.hvp.autodiff.kernels;

import dev.fastif.core.internal.Layout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
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
    /** Up to so many rows are copied to be multiplied together: the matrix is then read from memory only once. */
    private static final int FEW_ROWS = 256;

    /** Up to so many rows are copied to be summed over together: what they are added to is then walked over only once. */
    private static final int VERY_FEW_ROWS = 16;

    private final Session session;
    private final Blas blas;

    CpuKernels(Session session) {
        this.session = session;
        this.blas = new Blas(session);
    }

    @Override
    public INDArray array(long... shape) {
        return session.array(shape);
    }

    @Override
    public INDArray zeros(long... shape) {
        INDArray zeros = array(shape);
        long to = session.target(zeros);
        long bytes = zeros.length() * Float.BYTES;
        session.share(1, (scratch, part) -> Pointer.memset(scratch.x.at(to), 0, bytes));
        return zeros;
    }

    // A part of another array is as good as any: what is used is its address.
    @Override
    public INDArray load(INDArray given) {
        INDArray typed = given.castTo(DataType.FLOAT);
        return Layout.isContiguous(typed) ? typed : Elements.dense(typed);
    }

    @Override
    public void setProduct(Factor out, double keep, double factor, Factor x, Factor y) {
        Product.of(session, out, keep, factor, x, y).compute(session, out.array(), x.array(), y.array());
    }

    // The rows are there before the products are added to them: a walk over the products less than to add them after.
    @Override
    public List<INDArray> products(List<INDArray> xs, Factor matrix, @Nullable INDArray... added) {
        if (areTogether(xs)) {
            return apart(plusProduct(stack(xs), matrix, added), xs.size());
        }
        List<INDArray> products = new ArrayList<>();
        for (int i = 0; i < xs.size(); i++) {
            products.add(
                    added.length == 0
                            ? product(Factor.of(xs.get(i)), matrix)
                            : plusProduct(xs.get(i), matrix, added[i]));
        }
        return products;
    }

    private INDArray plusProduct(INDArray x, Factor matrix, @Nullable INDArray... added) {
        if (Arrays.stream(added).allMatch(Objects::isNull)) {
            return product(Factor.of(x), matrix);
        }
        long[] shape = x.shape().clone();
        shape[shape.length - 1] = matrix.isTransposed() ? matrix.rows() : matrix.columns();
        INDArray out = array(shape);
        long length = out.length() / added.length;
        for (int i = 0; i < added.length; i++) {
            INDArray part = session.part(out, i * length, length / out.size(-1), out.size(-1));
            setRows(part, added[i]);
        }
        setProduct(Factor.of(out), 1, 1, Factor.of(x), matrix);
        return out;
    }

    /** Sets each row; null is a row of zeros. */
    private void setRows(INDArray out, @Nullable INDArray row) {
        int columns = Math.toIntExact(out.size(-1));
        RowWalk walk = new RowWalk(session, out, columns);
        int rows = walk.write(out, columns);
        if (row == null) {
            walk.run((rooms, start, length) -> Arrays.fill(rooms[rows], 0, length, 0));
            return;
        }
        int given = walk.readSame(row);
        walk.run((rooms, start, length) -> {
            for (int i = 0; i < length; i += columns) {
                System.arraycopy(rooms[given], 0, rooms[rows], i, columns);
            }
        });
    }

    private static boolean areTogether(List<INDArray> xs) {
        INDArray first = xs.get(0);
        return xs.size() > 1 && xs.size() * (first.length() / first.size(-1)) <= FEW_ROWS;
    }

    private List<INDArray> apart(INDArray products, int count) {
        long length = products.length() / count;
        long[] shape = products.shape().clone();
        shape[0] /= count;
        return IntStream.range(0, count)
                .mapToObj(i -> session.part(products, i * length, shape))
                .toList();
    }

    @Override
    public void setSumOfProducts(INDArray out, double keep, double factor, List<INDArray> xs, List<INDArray> ys) {
        INDArray first = xs.get(0);
        if (xs.size() > 1 && xs.size() * (first.length() / first.size(-1)) <= VERY_FEW_ROWS) {
            setProduct(Factor.of(out), keep, factor, Factor.of(stack(xs)).transpose(), Factor.of(stack(ys)));
            return;
        }
        for (int i = 0; i < xs.size(); i++) {
            setProduct(
                    Factor.of(out),
                    i == 0 ? keep : 1,
                    factor,
                    Factor.of(xs.get(i)).transpose(),
                    Factor.of(ys.get(i)));
        }
    }

    @Override
    public INDArray stack(List<INDArray> arrays) {
        INDArray first = arrays.get(0);
        long[] shape = first.shape().clone();
        shape[0] *= arrays.size();
        INDArray out = array(shape);
        for (int i = 0; i < arrays.size(); i++) {
            blas.copy(arrays.get(i), out, i * first.length());
        }
        return out;
    }

    @Override
    public INDArray sum(INDArray a, INDArray b) {
        INDArray sum = array(a.shape());
        blas.setSum(sum, a, b);
        return sum;
    }

    @Override
    public INDArray times(INDArray a, INDArray b) {
        INDArray out = array(a.shape());
        RowWalk walk = new RowWalk(session, a, 1);
        int x = walk.read(a);
        int y = walk.read(b);
        walk.writeFrom(x, out);
        walk.run((rooms, start, length) -> {
            float[] product = rooms[x];
            float[] factors = rooms[y];
            for (int i = 0; i < length; i++) {
                product[i] *= factors[i];
            }
        });
        return out;
    }

    @Override
    public INDArray scaled(INDArray x, double factor) {
        INDArray out = array(x.shape());
        blas.copy(x, out, 0);
        blas.scale(out, (float) factor);
        return out;
    }

    @Override
    public void scale(INDArray x, double factor) {
        blas.scale(x, (float) factor);
    }

    @Override
    public void addTo(INDArray sum, INDArray a, double factor) {
        blas.add(sum, a, (float) factor);
    }

    @Override
    public void addTo(INDArray sum, INDArray a, Total squares) {
        blas.addAndSquare(sum, a, squares);
    }

    @Override
    public void addRowTo(INDArray matrix, INDArray row) {
        blas.addRow(matrix, row);
    }

    @Override
    public void addMaskTo(INDArray scores, INDArray mask, double penalty) {
        int t = (int) mask.size(1);
        int ofExample = Math.toIntExact(scores.length() / mask.size(0));
        RowWalk walk = new RowWalk(session, scores, ofExample);
        int ofScores = walk.read(scores);
        int ofMask = walk.read(load(mask), t);
        walk.writeFrom(ofScores, scores);
        walk.run((rooms, start, length) -> {
            float[] s = rooms[ofScores];
            float[] m = rooms[ofMask];
            for (int example = 0, base = 0; base < length; example++, base += ofExample) {
                for (int i = 0; i < ofExample; i += t) {
                    for (int j = 0; j < t; j++) {
                        s[base + i + j] -= (float) penalty * (1 - m[example * t + j]);
                    }
                }
            }
        });
    }

    @Override
    public void setSumOfRows(INDArray out, double keep, double factor, INDArray matrix) {
        blas.setSumOfRows(out, (float) keep, (float) factor, matrix);
    }

    @Override
    public INDArray timesRows(List<INDArray> matrices, List<INDArray> rows, @Nullable INDArray plus) {
        INDArray out = array(matrices.get(0).shape());
        int columns = Math.toIntExact(out.size(-1));
        RowWalk walk = new RowWalk(session, out, columns);
        int[] ofMatrices = matrices.stream().mapToInt(walk::read).toArray();
        int[] ofRows = rows.stream().mapToInt(walk::readSame).toArray();
        int ofPlus = plus == null ? -1 : walk.readSame(plus);
        float[] zeros = new float[plus == null ? columns : 0];
        walk.writeFrom(ofMatrices[0], out);
        walk.run((rooms, start, length) -> {
            float[] sum = rooms[ofMatrices[0]];
            float[] row = rooms[ofRows[0]];
            float[] offset = ofPlus < 0 ? zeros : rooms[ofPlus];
            for (int i = 0; i < length; i += columns) {
                for (int j = 0; j < columns; j++) {
                    sum[i + j] = sum[i + j] * row[j] + offset[j];
                }
            }
            for (int k = 1; k < ofMatrices.length; k++) {
                addMulRow(sum, rooms[ofMatrices[k]], length, rooms[ofRows[k]], columns);
            }
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
    public INDArray token(INDArray x, int index) {
        int n = (int) x.size(0);
        int size = (int) (x.size(1) * x.size(2));
        int columns = (int) x.size(2);
        INDArray out = array(n, columns);
        long from = session.source(x);
        long to = session.target(out);
        session.share(
                1,
                (scratch, part) -> {
                    for (int i = 0; i < n; i++) {
                        float[] row = scratch.read(0, from, (long) i * size + (long) index * columns, columns);
                        scratch.write(row, to, (long) i * columns, columns);
                    }
                },
                x,
                out);
        return out;
    }

    @Override
    public INDArray onlyToken(INDArray rows, long t, int index) {
        int n = (int) rows.size(0);
        int columns = (int) rows.size(1);
        int size = Math.toIntExact(t * columns);
        INDArray out = array(n, t, columns);
        long from = session.source(rows);
        long to = session.target(out);
        session.share(
                1,
                (scratch, part) -> {
                    float[] sequence = scratch.zeros(1, size);
                    for (int i = 0; i < n; i++) {
                        float[] row = scratch.read(0, from, (long) i * columns, columns);
                        System.arraycopy(row, 0, sequence, index * columns, columns);
                        scratch.write(sequence, to, (long) i * size, size);
                    }
                },
                rows,
                out);
        return out;
    }

    @Override
    public SymmetricPoint normalize(INDArray x, double epsilon) {
        return CpuNormalized.at(session, x, epsilon);
    }

    @Override
    public SymmetricPoint softmax(INDArray x) {
        return CpuSoftmax.at(session, x);
    }

    @Override
    public List<INDArray> activate(Activation f, INDArray x, List<INDArray> tangents) {
        return CpuActivation.of(f).forward(session, x, tangents);
    }

    @Override
    public List<INDArray> activateBack(
            Activation f, INDArray x, INDArray g, List<INDArray> xTangents, List<INDArray> gTangents) {
        return CpuActivation.of(f).back(session, x, g, xTangents, gTangents);
    }

    @Override
    public INDArray lessOneAt(INDArray rows, INDArray classes) {
        INDArray out = array(rows.shape());
        blas.copy(rows, out, 0);
        int columns = (int) rows.size(1);
        int n = (int) rows.size(0);
        INDArray typed = load(classes);
        long labels = session.source(typed);
        long to = session.target(out);
        session.share(
                1,
                (scratch, part) -> {
                    for (int i = 0; i < n; i++) {
                        float label = scratch.read(0, labels, i, 1)[0];
                        float[] row = scratch.read(1, to, (long) i * columns, columns);
                        row[index(label, i, columns)] -= 1;
                        scratch.write(row, to, (long) i * columns, columns);
                    }
                },
                typed,
                out);
        return out;
    }

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
}
