package dev.fastif.hvp.autodiff;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Softmax over the last dimension, in single precision.
 *
 * @param value y, [..., c]
 */
record CpuSoftmax(INDArray value) implements SymmetricPoint {
    static CpuSoftmax at(INDArray x) {
        Loops loops = Loops.get();
        int columns = (int) x.size(-1);
        float[] y = loops.read(0, x);
        for (int start = 0, length = loops.length(x); start < length; start += columns) {
            softmax(y, start, columns);
        }
        return new CpuSoftmax(loops.write(y, Nd4j.createUninitialized(DataType.FLOAT, x.shape(), 'c')));
    }

    private static void softmax(float[] y, int start, int columns) {
        float most = Float.NEGATIVE_INFINITY;
        for (int j = start; j < start + columns; j++) {
            most = Math.max(most, y[j]);
        }
        float sum = 0;
        for (int j = start; j < start + columns; j++) {
            y[j] = (float) Math.exp(y[j] - most);
            sum += y[j];
        }
        float inverse = 1 / sum;
        for (int j = start; j < start + columns; j++) {
            y[j] *= inverse;
        }
    }

    // J u = y (u - y.u)
    @Override
    public INDArray product(INDArray u) {
        Loops loops = Loops.get();
        int columns = (int) u.size(-1);
        float[] y = loops.read(0, value);
        float[] out = loops.read(1, u);
        for (int start = 0, length = loops.length(u); start < length; start += columns) {
            float mean = CpuNormalized.dot(y, out, start, columns);
            for (int j = start; j < start + columns; j++) {
                out[j] = y[j] * (out[j] - mean);
            }
        }
        return loops.write(out, Nd4j.createUninitialized(DataType.FLOAT, u.shape(), 'c'));
    }

    // dy (u - y.u) - y (dy.u)
    @Override
    public INDArray productTangent(INDArray xTangent, INDArray yTangent, INDArray u) {
        Loops loops = Loops.get();
        int columns = (int) u.size(-1);
        float[] y = loops.read(0, value);
        float[] dy = loops.read(1, yTangent);
        float[] out = loops.read(2, u);
        for (int start = 0, length = loops.length(u); start < length; start += columns) {
            float mean = CpuNormalized.dot(y, out, start, columns);
            float turned = CpuNormalized.dot(dy, out, start, columns);
            for (int j = start; j < start + columns; j++) {
                out[j] = dy[j] * (out[j] - mean) - y[j] * turned;
            }
        }
        return loops.write(out, Nd4j.createUninitialized(DataType.FLOAT, u.shape(), 'c'));
    }
}
