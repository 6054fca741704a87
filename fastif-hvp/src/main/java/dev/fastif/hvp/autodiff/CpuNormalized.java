package dev.fastif.hvp.autodiff;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Rows of zero mean and unit variance, in single precision.
 *
 * @param value y, [..., c]
 * @param inverseDeviation r of each row, [rows]
 */
record CpuNormalized(INDArray value, INDArray inverseDeviation) implements SymmetricPoint {
    static CpuNormalized at(INDArray x, double epsilon) {
        int columns = (int) x.size(-1);
        INDArray value = Arena.array(x.shape());
        INDArray inverseDeviation = Arena.array(x.length() / columns);
        long from = Loops.source(x);
        long to = Loops.target(value);
        long toDeviations = Loops.target(inverseDeviation);
        Loops.each(x.length(), columns, (loops, start, length) -> {
            float[] y = loops.read(0, from, start, length);
            float[] deviations = loops.room(1, length / columns);
            for (int row = 0; row < length / columns; row++) {
                deviations[row] = normalize(y, row * columns, columns, epsilon);
            }
            loops.write(y, to, start, length);
            loops.write(deviations, toDeviations, start / columns, length / columns);
        });
        return new CpuNormalized(value, inverseDeviation);
    }

    private static float normalize(float[] y, int start, int columns, double epsilon) {
        float mean = sum(y, start, columns) / columns;
        for (int j = start; j < start + columns; j++) {
            y[j] -= mean;
        }
        float variance = dot(y, y, start, columns) / columns;
        float inverse = (float) (1 / Math.sqrt(variance + epsilon));
        for (int j = start; j < start + columns; j++) {
            y[j] *= inverse;
        }
        return inverse;
    }

    // J u = r (u - mean(u) - y mean(y u))
    @Override
    public INDArray product(INDArray u) {
        int columns = (int) u.size(-1);
        INDArray out = Arena.array(u.shape());
        long values = Loops.source(value);
        long factors = Loops.source(u);
        long deviations = Loops.source(inverseDeviation);
        long to = Loops.target(out);
        Loops.each(u.length(), columns, (loops, start, length) -> {
            float[] y = loops.read(0, values, start, length);
            float[] product = loops.read(1, factors, start, length);
            float[] r = loops.read(2, deviations, start / columns, length / columns);
            for (int row = 0; row < length / columns; row++) {
                multiply(y, product, row * columns, columns, r[row]);
            }
            loops.write(product, to, start, length);
        });
        return out;
    }

    private static void multiply(float[] y, float[] u, int start, int columns, float r) {
        float mean = sum(u, start, columns) / columns;
        float along = dot(y, u, start, columns) / columns;
        for (int j = start; j < start + columns; j++) {
            u[j] = r * (u[j] - mean - y[j] * along);
        }
    }

    // J du - r (dy mean(y u) + y mean(dy u) + growth * J u), with growth = mean(y dx)
    @Override
    public INDArray productTangent(INDArray xTangent, INDArray yTangent, INDArray u, INDArray uTangent) {
        int columns = (int) u.size(-1);
        INDArray out = Arena.array(u.shape());
        long values = Loops.source(value);
        long xTangents = Loops.source(xTangent);
        long yTangents = Loops.source(yTangent);
        long factors = Loops.source(u);
        long ofFactors = Loops.source(uTangent);
        long deviations = Loops.source(inverseDeviation);
        long to = Loops.target(out);
        Loops.each(u.length(), columns, (loops, start, length) -> {
            float[] y = loops.read(0, values, start, length);
            float[] dx = loops.read(1, xTangents, start, length);
            float[] dy = loops.read(2, yTangents, start, length);
            float[] product = loops.read(3, factors, start, length);
            float[] r = loops.read(4, deviations, start / columns, length / columns);
            float[] du = loops.read(5, ofFactors, start, length);
            for (int row = 0; row < length / columns; row++) {
                multiplyTangent(y, dx, dy, product, row * columns, columns, r[row]);
                multiply(y, du, row * columns, columns, r[row]);
            }
            for (int i = 0; i < length; i++) {
                product[i] += du[i];
            }
            loops.write(product, to, start, length);
        });
        return out;
    }

    private static void multiplyTangent(float[] y, float[] dx, float[] dy, float[] u, int start, int columns, float r) {
        float along = dot(y, u, start, columns) / columns;
        float turned = dot(dy, u, start, columns) / columns;
        float growth = dot(y, dx, start, columns) / columns;
        multiply(y, u, start, columns, r);
        for (int j = start; j < start + columns; j++) {
            u[j] = -r * (dy[j] * along + y[j] * turned + growth * u[j]);
        }
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
