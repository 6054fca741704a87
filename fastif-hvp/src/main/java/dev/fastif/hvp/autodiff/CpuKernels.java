package dev.fastif.hvp.autodiff;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Single precision on the CPU: matrix products by BLAS straight on ND4J's buffers, everything else in loops that fuse what
 * the reference does one operation after the other. Its results are those of {@link Nd4jKernels} up to rounding.
 */
final class CpuKernels implements Kernels {
    static final Kernels INSTANCE = new CpuKernels();

    private CpuKernels() {}

    @Override
    public INDArray matmul(INDArray a, INDArray b) {
        INDArray out = like(a, a.size(-2), b.size(-1));
        Blas.multiply(out, 0, a, false, b, false);
        return out;
    }

    @Override
    public INDArray matmulNT(INDArray a, INDArray b) {
        INDArray out = like(a, a.size(-2), b.size(-2));
        Blas.multiply(out, 0, a, false, b, true);
        return out;
    }

    @Override
    public INDArray matmulTN(INDArray a, INDArray b) {
        INDArray out = like(a, a.size(-1), b.size(-1));
        Blas.multiply(out, 0, a, true, b, false);
        return out;
    }

    @Override
    public void addMatmul(INDArray sum, INDArray a, INDArray b) {
        Blas.multiply(sum, 1, a, false, b, false);
    }

    @Override
    public void addMatmulNT(INDArray sum, INDArray a, INDArray b) {
        Blas.multiply(sum, 1, a, false, b, true);
    }

    @Override
    public void addMatmulTN(INDArray sum, INDArray a, INDArray b) {
        Blas.multiply(sum, 1, a, true, b, false);
    }

    @Override
    public void setMatmulTN(INDArray out, INDArray a, INDArray b) {
        Blas.multiply(out, 0, a, true, b, false);
    }

    @Override
    public INDArray stack(List<INDArray> matrices) {
        INDArray first = matrices.get(0);
        if (matrices.size() == 1) {
            return first;
        }
        long rows = matrices.stream().mapToLong(INDArray::rows).sum();
        INDArray out = like(first, rows, first.columns());
        long start = 0;
        for (INDArray matrix : matrices) {
            Blas.copy(matrix, out, start);
            start += matrix.length();
        }
        return out;
    }

    private static INDArray like(INDArray a, long rows, long columns) {
        long[] shape = a.shape().clone();
        shape[shape.length - 2] = rows;
        shape[shape.length - 1] = columns;
        return Nd4j.createUninitialized(DataType.FLOAT, shape, 'c');
    }

    private static INDArray like(INDArray a) {
        return Nd4j.createUninitialized(DataType.FLOAT, a.shape(), 'c');
    }

    @Override
    public void addRow(INDArray matrix, INDArray row) {
        Blas.addRow(matrix, row);
    }

    @Override
    public void addSumOfRows(INDArray sum, INDArray matrix) {
        Blas.addSumOfRows(sum, matrix);
    }

    @Override
    public INDArray mulRow(INDArray matrix, INDArray row) {
        Loops loops = Loops.get();
        float[] m = loops.read(0, matrix);
        float[] r = loops.read(1, row);
        int columns = loops.length(row);
        for (int start = 0, end = loops.length(matrix); start < end; start += columns) {
            for (int j = 0; j < columns; j++) {
                m[start + j] *= r[j];
            }
        }
        return loops.write(m, like(matrix));
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
        Loops loops = Loops.get();
        float[] x = loops.read(0, a);
        float[] y = loops.read(1, b);
        for (int i = 0, n = loops.length(a); i < n; i++) {
            x[i] *= y[i];
        }
        return loops.write(x, like(a));
    }

    @Override
    public void add(INDArray sum, INDArray a, double factor) {
        Blas.add(sum, a, (float) factor);
    }

    @Override
    public INDArray splitHeads(INDArray x, int heads) {
        int n = (int) x.size(0);
        int t = (int) x.size(1);
        int d = (int) x.size(2) / heads;
        INDArray out = Nd4j.createUninitialized(DataType.FLOAT, new long[] {n, heads, t, d}, 'c');
        return transposed(x, out, n, t, heads, d);
    }

    @Override
    public INDArray mergeHeads(INDArray x) {
        int n = (int) x.size(0);
        int heads = (int) x.size(1);
        int t = (int) x.size(2);
        int d = (int) x.size(3);
        INDArray out = Nd4j.createUninitialized(DataType.FLOAT, new long[] {n, t, (long) heads * d}, 'c');
        return transposed(x, out, n, heads, t, d);
    }

    /** [n, a, b, d] to [n, b, a, d]. */
    private static INDArray transposed(INDArray x, INDArray out, int n, int a, int b, int d) {
        Loops loops = Loops.get();
        float[] from = loops.read(0, x);
        float[] to = loops.room(1, loops.length(x));
        for (int batch = 0; batch < n; batch++) {
            int base = batch * a * b * d;
            for (int i = 0; i < a; i++) {
                for (int j = 0; j < b; j++) {
                    System.arraycopy(from, base + (i * b + j) * d, to, base + (j * a + i) * d, d);
                }
            }
        }
        return loops.write(to, out);
    }

    @Override
    public void addMask(INDArray scores, INDArray mask, double penalty) {
        Loops loops = Loops.get();
        float[] s = loops.read(0, scores);
        float[] m = loops.read(1, mask.castTo(DataType.FLOAT));
        int t = (int) mask.size(1);
        int rows = loops.length(scores) / t;
        int rowsOfExample = rows / (int) mask.size(0);
        for (int row = 0; row < rows; row++) {
            int example = row / rowsOfExample;
            for (int j = 0; j < t; j++) {
                s[row * t + j] -= (float) penalty * (1 - m[example * t + j]);
            }
        }
        loops.write(s, scores);
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
    public SymmetricPoint activate(Activation function, INDArray x) {
        return function == Activation.GELU ? new CpuGelu(x) : Nd4jKernels.INSTANCE.activate(function, x);
    }
}
