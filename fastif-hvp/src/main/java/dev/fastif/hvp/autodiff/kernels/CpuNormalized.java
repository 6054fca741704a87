package dev.fastif.hvp.autodiff.kernels;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Rows of zero mean and unit variance, in single precision.
 *
 * @param value y, [..., c]
 * @param inverseDeviation r of each row, [rows]
 */
record CpuNormalized(Session session, INDArray value, INDArray inverseDeviation) implements SymmetricPoint {
    static CpuNormalized at(Session session, INDArray x, double epsilon) {
        int columns = (int) x.size(-1);
        INDArray value = session.array(x.shape());
        INDArray inverseDeviation = session.array(x.length() / columns);
        RowWalk walk = new RowWalk(session, x, columns);
        int y = walk.read(x);
        walk.writeFrom(y, value);
        int r = walk.write(inverseDeviation, 1);
        walk.run((rooms, start, length) -> {
            for (int row = 0; row < length / columns; row++) {
                rooms[r][row] = normalize(rooms[y], row * columns, columns, epsilon);
            }
        });
        return new CpuNormalized(session, value, inverseDeviation);
    }

    private static float normalize(float[] y, int start, int columns, double epsilon) {
        float mean = RowSums.sum(y, start, columns) / columns;
        for (int j = start; j < start + columns; j++) {
            y[j] -= mean;
        }
        float variance = RowSums.dot(y, y, start, columns) / columns;
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
        INDArray out = session.array(u.shape());
        RowWalk walk = new RowWalk(session, u, columns);
        int y = walk.read(value);
        int product = walk.read(u);
        int r = walk.read(inverseDeviation, 1);
        walk.writeFrom(product, out);
        walk.run((rooms, start, length) -> {
            for (int row = 0; row < length / columns; row++) {
                multiply(rooms[y], rooms[product], row * columns, columns, rooms[r][row]);
            }
        });
        return out;
    }

    private static void multiply(float[] y, float[] u, int start, int columns, float r) {
        float mean = RowSums.sum(u, start, columns) / columns;
        float along = RowSums.dot(y, u, start, columns) / columns;
        for (int j = start; j < start + columns; j++) {
            u[j] = r * (u[j] - mean - y[j] * along);
        }
    }

    // J du - r (dy mean(y u) + y mean(dy u) + growth * J u), with growth = mean(y dx)
    @Override
    public INDArray productTangent(INDArray xTangent, INDArray yTangent, INDArray u, INDArray uTangent) {
        int columns = (int) u.size(-1);
        INDArray out = session.array(u.shape());
        RowWalk walk = new RowWalk(session, u, columns);
        int ofY = walk.read(value);
        int ofDx = walk.read(xTangent);
        int ofDy = walk.read(yTangent);
        int ofU = walk.read(u);
        int ofR = walk.read(inverseDeviation, 1);
        int ofDu = walk.read(uTangent);
        walk.writeFrom(ofU, out);
        walk.run((rooms, start, length) -> {
            float[] y = rooms[ofY];
            float[] product = rooms[ofU];
            float[] du = rooms[ofDu];
            for (int row = 0; row < length / columns; row++) {
                float r = rooms[ofR][row];
                multiplyTangent(y, rooms[ofDx], rooms[ofDy], product, row * columns, columns, r);
                multiply(y, du, row * columns, columns, r);
            }
            for (int i = 0; i < length; i++) {
                product[i] += du[i];
            }
        });
        return out;
    }

    private static void multiplyTangent(float[] y, float[] dx, float[] dy, float[] u, int start, int columns, float r) {
        float along = RowSums.dot(y, u, start, columns) / columns;
        float turned = RowSums.dot(dy, u, start, columns) / columns;
        float growth = RowSums.dot(y, dx, start, columns) / columns;
        multiply(y, u, start, columns, r);
        for (int j = start; j < start + columns; j++) {
            u[j] = -r * (dy[j] * along + y[j] * turned + growth * u[j]);
        }
    }
}
