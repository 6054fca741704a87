package dev.fastif.hvp.autodiff.kernels;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Softmax over the last dimension, in single precision.
 *
 * @param value y, [..., c]
 */
record CpuSoftmax(Session session, INDArray value) implements SymmetricPoint {
    static CpuSoftmax at(Session session, INDArray x) {
        int columns = (int) x.size(-1);
        INDArray value = session.array(x.shape());
        RowWalk walk = new RowWalk(session, x, columns);
        int below = walk.read(x);
        int ofY = walk.write(value, columns);
        walk.run((rooms, start, length) -> {
            float[] y = rooms[ofY];
            for (int row = 0; row < length; row += columns) {
                halveBelowLargest(rooms[below], row, columns);
            }
            Exponential.falling(rooms[below], 1, y, length);
            for (int row = 0; row < length; row += columns) {
                float inverse = 1 / RowSums.sum(y, row, columns);
                for (int j = row; j < row + columns; j++) {
                    y[j] *= inverse;
                }
            }
        });
        return new CpuSoftmax(session, value);
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
        INDArray out = session.array(u.shape());
        RowWalk walk = new RowWalk(session, u, columns);
        int ofY = walk.read(value);
        int ofU = walk.read(u);
        walk.writeFrom(ofU, out);
        walk.run((rooms, start, length) -> {
            float[] y = rooms[ofY];
            float[] product = rooms[ofU];
            for (int row = 0; row < length; row += columns) {
                float mean = RowSums.dot(y, product, row, columns);
                for (int j = row; j < row + columns; j++) {
                    product[j] = y[j] * (product[j] - mean);
                }
            }
        });
        return out;
    }

    // dy (u - y.u) + y (du - y.du - dy.u)
    @Override
    public INDArray productTangent(INDArray xTangent, INDArray yTangent, INDArray u, INDArray uTangent) {
        int columns = (int) u.size(-1);
        INDArray out = session.array(u.shape());
        RowWalk walk = new RowWalk(session, u, columns);
        int ofY = walk.read(value);
        int ofDy = walk.read(yTangent);
        int ofU = walk.read(u);
        int ofDu = walk.read(uTangent);
        walk.writeFrom(ofU, out);
        walk.run((rooms, start, length) -> {
            float[] y = rooms[ofY];
            float[] dy = rooms[ofDy];
            float[] product = rooms[ofU];
            float[] du = rooms[ofDu];
            for (int row = 0; row < length; row += columns) {
                float mean = RowSums.dot(y, product, row, columns);
                float turned = RowSums.dot(dy, product, row, columns) + RowSums.dot(y, du, row, columns);
                for (int j = row; j < row + columns; j++) {
                    product[j] = dy[j] * (product[j] - mean) + y[j] * (du[j] - turned);
                }
            }
        });
        return out;
    }
}
