package dev.fastif.hvp.autodiff;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Single precision on the CPU: matrix products by BLAS straight on ND4J's buffers, everything else in loops that fuse what
 * the reference does one operation after the other. Its results are those of {@link Nd4jKernels} up to rounding.
 */
final class CpuKernels implements Kernels {
    static final Kernels INSTANCE = new CpuKernels();

    private CpuKernels() {}

    @Override
    public Team gather() {
        return Team.gather();
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
    public INDArray headsNT(INDArray x, INDArray w, int heads) {
        INDArray y = Arena.array(x.size(0), heads, w.size(0));
        HeadProduct.of(y, w, x).rows();
        return y;
    }

    @Override
    public INDArray heads(INDArray y, INDArray w) {
        INDArray x = Arena.array(y.size(0), w.size(1));
        HeadProduct.of(y, w, x).columns();
        return x;
    }

    @Override
    public void setHeadsTN(INDArray out, double keep, double factor, INDArray y, INDArray x) {
        HeadProduct.of(y, out, x).matrix((float) keep, (float) factor);
    }

    @Override
    public INDArray stack(List<INDArray> matrices) {
        INDArray first = matrices.get(0);
        if (matrices.size() == 1) {
            return first;
        }
        long columns = first.size(-1);
        long length = matrices.stream().mapToLong(INDArray::length).sum();
        INDArray out = Arena.array(length / columns, columns);
        long start = 0;
        for (INDArray matrix : matrices) {
            Blas.copy(matrix, out, start);
            start += matrix.length();
        }
        return out;
    }

    @Override
    public List<INDArray> unstack(INDArray matrix, int count, long... shape) {
        if (count == 1 && Arrays.equals(matrix.shape(), shape)) {
            return List.of(matrix);
        }
        List<INDArray> parts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            parts.add(Arena.part(matrix, i * (matrix.length() / count), shape));
        }
        return parts;
    }

    @Override
    public INDArray zeros(DataType type, long... shape) {
        INDArray zeros = Arena.array(shape);
        Pointer.memset(Loops.target(zeros), 0, zeros.length() * Float.BYTES);
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
    public void addMulRow(INDArray sum, INDArray matrix, INDArray row) {
        int columns = Math.toIntExact(row.length());
        FloatPointer from = Loops.pointer(matrix);
        FloatPointer factors = Loops.pointer(row);
        FloatPointer to = Loops.target(sum);
        Loops.each(matrix.length(), columns, (loops, start, length) -> {
            float[] m = loops.read(0, from, start, length);
            float[] r = loops.read(1, factors, 0, columns);
            float[] s = loops.read(2, to, start, length);
            for (int i = 0; i < length; i += columns) {
                for (int j = 0; j < columns; j++) {
                    s[i + j] += m[i + j] * r[j];
                }
            }
            loops.write(s, to, start, length);
        });
    }

    @Override
    public INDArray mulRow(INDArray matrix, INDArray row) {
        INDArray out = like(matrix);
        int columns = Math.toIntExact(row.length());
        FloatPointer from = Loops.pointer(matrix);
        FloatPointer factors = Loops.pointer(row);
        FloatPointer to = Loops.target(out);
        Loops.each(matrix.length(), columns, (loops, start, length) -> {
            float[] m = loops.read(0, from, start, length);
            float[] r = loops.read(1, factors, 0, columns);
            for (int i = 0; i < length; i += columns) {
                for (int j = 0; j < columns; j++) {
                    m[i + j] *= r[j];
                }
            }
            loops.write(m, to, start, length);
        });
        return out;
    }

    @Override
    public INDArray add(INDArray a, INDArray b) {
        INDArray sum = like(a);
        Blas.copy(a, sum, 0);
        Blas.add(sum, b, 1);
        return sum;
    }

    @Override
    public INDArray mul(INDArray a, INDArray b) {
        INDArray out = like(a);
        FloatPointer pa = Loops.pointer(a);
        FloatPointer pb = Loops.pointer(b);
        FloatPointer to = Loops.target(out);
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
    public double addAndSquare(INDArray sum, INDArray a) {
        return Blas.addAndSquare(sum, a);
    }

    @Override
    public void scale(INDArray x, double factor) {
        Blas.scale(x, (float) factor);
    }

    @Override
    public INDArray splitHeads(INDArray x, int heads) {
        int n = (int) x.size(0);
        int t = (int) x.size(1);
        int d = (int) x.size(2) / heads;
        INDArray out = Arena.array(n, heads, t, d);
        return transposed(x, out, n, t, heads, d);
    }

    @Override
    public INDArray mergeHeads(INDArray x) {
        int n = (int) x.size(0);
        int heads = (int) x.size(1);
        int t = (int) x.size(2);
        int d = (int) x.size(3);
        INDArray out = Arena.array(n, t, (long) heads * d);
        return transposed(x, out, n, heads, t, d);
    }

    /** [n, a, b, d] to [n, b, a, d]. */
    private static INDArray transposed(INDArray x, INDArray out, int n, int a, int b, int d) {
        FloatPointer from = Loops.pointer(x);
        FloatPointer to = Loops.target(out);
        int size = a * b * d;
        Loops.each((long) n * size, size, (loops, start, length) -> {
            float[] values = loops.read(0, from, start, length);
            float[] turned = loops.room(1, length);
            for (int base = 0; base < length; base += size) {
                for (int i = 0; i < a; i++) {
                    for (int j = 0; j < b; j++) {
                        System.arraycopy(values, base + (i * b + j) * d, turned, base + (j * a + i) * d, d);
                    }
                }
            }
            loops.write(turned, to, start, length);
        });
        return out;
    }

    @Override
    public INDArray token(INDArray x, int index) {
        int n = (int) x.size(0);
        int size = (int) (x.size(1) * x.size(2));
        int columns = (int) x.size(2);
        INDArray out = Arena.array(n, columns);
        FloatPointer from = Loops.pointer(x);
        FloatPointer to = Loops.target(out);
        Loops loops = Loops.get();
        for (int i = 0; i < n; i++) {
            loops.write(loops.read(0, from, i * size + index * columns, columns), to, i * columns, columns);
        }
        return out;
    }

    @Override
    public INDArray onlyToken(INDArray rows, long t, int index) {
        int n = (int) rows.size(0);
        int columns = (int) rows.size(1);
        int size = Math.toIntExact(t * columns);
        INDArray out = Arena.array(n, t, columns);
        FloatPointer from = Loops.pointer(rows);
        FloatPointer to = Loops.target(out);
        Loops loops = Loops.get();
        float[] sequence = loops.room(1, size);
        Arrays.fill(sequence, 0, size, 0);
        for (int i = 0; i < n; i++) {
            System.arraycopy(loops.read(0, from, i * columns, columns), 0, sequence, index * columns, columns);
            loops.write(sequence, to, i * size, size);
        }
        return out;
    }

    @Override
    public void addMask(INDArray scores, INDArray mask, double penalty) {
        int t = (int) mask.size(1);
        int examples = (int) mask.size(0);
        int ofExample = Math.toIntExact(scores.length() / examples);
        FloatPointer penalties = Loops.pointer(mask.castTo(DataType.FLOAT));
        FloatPointer to = Loops.target(scores);
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
    public SymmetricPoint activate(Activation function, INDArray x, boolean differentiated) {
        return switch (function) {
            case GELU -> new CpuActivated(CpuActivated.Curve.GELU, x, differentiated);
            case TANH -> new CpuActivated(CpuActivated.Curve.TANH, x, differentiated);
            default -> Nd4jKernels.INSTANCE.activate(function, x, differentiated);
        };
    }
}
