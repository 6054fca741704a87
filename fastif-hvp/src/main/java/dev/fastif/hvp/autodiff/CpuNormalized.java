package dev.fastif.hvp.autodiff;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Rows of zero mean and unit variance, in single precision.
 *
 * @param value y, [..., c]
 * @param inverseDeviation r of each row, [rows]
 */
record CpuNormalized(INDArray value, INDArray inverseDeviation) implements SymmetricPoint {
    static CpuNormalized at(INDArray x, double epsilon) {
        Loops loops = Loops.get();
        int columns = (int) x.size(-1);
        int rows = loops.length(x) / columns;
        float[] y = loops.read(0, x);
        float[] deviations = loops.room(1, rows);
        for (int row = 0; row < rows; row++) {
            int start = row * columns;
            float mean = sum(y, start, columns) / columns;
            for (int j = start; j < start + columns; j++) {
                y[j] -= mean;
            }
            float variance = dot(y, y, start, columns) / columns;
            float inverse = (float) (1 / Math.sqrt(variance + epsilon));
            for (int j = start; j < start + columns; j++) {
                y[j] *= inverse;
            }
            deviations[row] = inverse;
        }
        INDArray value = loops.write(y, Nd4j.createUninitialized(DataType.FLOAT, x.shape(), 'c'));
        return new CpuNormalized(value, loops.write(deviations, Nd4j.createUninitialized(DataType.FLOAT, rows)));
    }

    // J u = r (u - mean(u) - y mean(y u))
    @Override
    public INDArray product(INDArray u) {
        Loops loops = Loops.get();
        int columns = (int) u.size(-1);
        int rows = loops.length(u) / columns;
        float[] y = loops.read(0, value);
        float[] out = loops.read(1, u);
        float[] r = loops.read(2, inverseDeviation);
        for (int row = 0; row < rows; row++) {
            multiply(y, out, row * columns, columns, r[row]);
        }
        return loops.write(out, Nd4j.createUninitialized(DataType.FLOAT, u.shape(), 'c'));
    }

    private static void multiply(float[] y, float[] u, int start, int columns, float r) {
        float mean = sum(u, start, columns) / columns;
        float along = dot(y, u, start, columns) / columns;
        for (int j = start; j < start + columns; j++) {
            u[j] = r * (u[j] - mean - y[j] * along);
        }
    }

    // The derivative of J u: -r (dy mean(y u) + y mean(dy u) + growth * J u), with growth = mean(y dx)
    @Override
    public INDArray productTangent(INDArray xTangent, INDArray yTangent, INDArray u) {
        Loops loops = Loops.get();
        int columns = (int) u.size(-1);
        int rows = loops.length(u) / columns;
        float[] y = loops.read(0, value);
        float[] dx = loops.read(1, xTangent);
        float[] dy = loops.read(2, yTangent);
        float[] out = loops.read(3, u);
        float[] r = new float[rows];
        Loops.pointer(inverseDeviation).get(r, 0, rows);
        for (int row = 0; row < rows; row++) {
            int start = row * columns;
            float along = dot(y, out, start, columns) / columns;
            float turned = dot(dy, out, start, columns) / columns;
            float growth = dot(y, dx, start, columns) / columns;
            multiply(y, out, start, columns, r[row]);
            for (int j = start; j < start + columns; j++) {
                out[j] = -r[row] * (dy[j] * along + y[j] * turned + growth * out[j]);
            }
        }
        return loops.write(out, Nd4j.createUninitialized(DataType.FLOAT, u.shape(), 'c'));
    }

    /** In four sums at a time, which the compiler keeps in vectors; more accurate than one, too. */
    static float sum(float[] a, int start, int length) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        int i = start;
        for (int end = start + length - 3; i < end; i += 4) {
            s0 += a[i];
            s1 += a[i + 1];
            s2 += a[i + 2];
            s3 += a[i + 3];
        }
        for (; i < start + length; i++) {
            s0 += a[i];
        }
        return (s0 + s1) + (s2 + s3);
    }

    static float dot(float[] a, float[] b, int start, int length) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        int i = start;
        for (int end = start + length - 3; i < end; i += 4) {
            s0 += a[i] * b[i];
            s1 += a[i + 1] * b[i + 1];
            s2 += a[i + 2] * b[i + 2];
            s3 += a[i + 3] * b[i + 3];
        }
        for (; i < start + length; i++) {
            s0 += a[i] * b[i];
        }
        return (s0 + s1) + (s2 + s3);
    }
}
