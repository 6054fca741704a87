package dev.fastif.hvp.autodiff;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Softmax over the last dimension, in single precision.
 *
 * @param value y, [..., c]
 */
record CpuSoftmax(INDArray value) implements SymmetricPoint {
    static CpuSoftmax at(INDArray x) {
        int columns = (int) x.size(-1);
        INDArray value = Arena.array(x.shape());
        long from = Loops.source(x);
        long to = Loops.target(value);
        Loops.each(x.length(), columns, (loops, start, length) -> {
            float[] t = loops.read(0, from, start, length);
            for (int row = 0; row < length; row += columns) {
                halveBelowLargest(t, row, columns);
            }
            float[] y = loops.room(1, length);
            Exponential.falling(t, 1, y, length);
            for (int row = 0; row < length; row += columns) {
                float inverse = 1 / CpuNormalized.sum(y, row, columns);
                for (int j = row; j < row + columns; j++) {
                    y[j] *= inverse;
                }
            }
            loops.write(y, to, start, length);
        });
        return new CpuSoftmax(value);
    }

    /** Replaces a row's numbers by half of what they are below its largest. */
    private static void halveBelowLargest(float[] x, int start, int columns) {
        float most = Float.NEGATIVE_INFINITY;
        for (int j = start; j < start + columns; j++) {
            most = Math.max(most, x[j]);
        }
        for (int j = start; j < start + columns; j++) {
            x[j] = 0.5f * (most - x[j]);
        }
    }

    // J u = y (u - y.u)
    @Override
    public INDArray product(INDArray u) {
        int columns = (int) u.size(-1);
        INDArray out = Arena.array(u.shape());
        long values = Loops.source(value);
        long factors = Loops.source(u);
        long to = Loops.target(out);
        Loops.each(u.length(), columns, (loops, start, length) -> {
            float[] y = loops.read(0, values, start, length);
            float[] product = loops.read(1, factors, start, length);
            for (int row = 0; row < length; row += columns) {
                float mean = CpuNormalized.dot(y, product, row, columns);
                for (int j = row; j < row + columns; j++) {
                    product[j] = y[j] * (product[j] - mean);
                }
            }
            loops.write(product, to, start, length);
        });
        return out;
    }

    // dy (u - y.u) + y (du - y.du - dy.u)
    @Override
    public INDArray productTangent(INDArray xTangent, INDArray yTangent, INDArray u, INDArray uTangent) {
        int columns = (int) u.size(-1);
        INDArray out = Arena.array(u.shape());
        long values = Loops.source(value);
        long tangents = Loops.source(yTangent);
        long factors = Loops.source(u);
        long ofFactors = Loops.source(uTangent);
        long to = Loops.target(out);
        Loops.each(u.length(), columns, (loops, start, length) -> {
            float[] y = loops.read(0, values, start, length);
            float[] dy = loops.read(1, tangents, start, length);
            float[] product = loops.read(2, factors, start, length);
            float[] du = loops.read(3, ofFactors, start, length);
            for (int row = 0; row < length; row += columns) {
                float mean = CpuNormalized.dot(y, product, row, columns);
                float turned = CpuNormalized.dot(dy, product, row, columns) + CpuNormalized.dot(y, du, row, columns);
                for (int j = row; j < row + columns; j++) {
                    product[j] = dy[j] * (product[j] - mean) + y[j] * (du[j] - turned);
                }
            }
            loops.write(product, to, start, length);
        });
        return out;
    }
}
