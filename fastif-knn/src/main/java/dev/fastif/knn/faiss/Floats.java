package dev.fastif.knn.faiss;

import dev.fastif.core.internal.Check;
import dev.fastif.core.internal.Layout;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.concurrency.AffinityManager;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A matrix [n, d] as FAISS wants it: dense rows of finite floats outside of the Java heap, small enough that squared
 * distances between them stay finite. It is the array's own buffer where that is so already, else a copy that closing
 * frees.
 */
final class Floats implements AutoCloseable {
    private final INDArray given;
    private final INDArray dense;
    private final FloatPointer data;

    private Floats(INDArray given, INDArray dense) {
        this.given = given;
        this.dense = dense;
        Nd4j.getAffinityManager().ensureLocation(dense, AffinityManager.Location.HOST);
        this.data = new FloatPointer(dense.data().pointer());
    }

    /** Returns the matrix; throws {@link IllegalArgumentException} if it is not finite or too large. */
    static Floats of(String name, INDArray matrix) {
        int d = Math.toIntExact(matrix.size(1));
        double limit = Math.sqrt(Float.MAX_VALUE / (16.0 * d));
        INDArray real = matrix.dataType().isFPType() ? matrix : matrix.castTo(DataType.DOUBLE);
        double largest = Check.finite(name, real).amaxNumber().doubleValue();
        Check.argument(
                largest <= limit,
                "%s reach %s: FAISS computes in float, where squared distances of %d numbers above %s overflow; scale"
                        + " them, or use ExactIndex",
                name,
                largest,
                d,
                limit);
        boolean usable = matrix.dataType() == DataType.FLOAT && Layout.isRows(matrix);
        // workspaces of the caller's would end the copy's life at their own pace
        return new Floats(
                matrix, usable ? matrix : matrix.castTo(DataType.FLOAT).dup('c').detach());
    }

    /** The matrix from this row on. */
    FloatPointer row(long row) {
        return data.getPointer(row * dense.size(1));
    }

    @Override
    public void close() {
        if (dense != given) {
            dense.close();
        }
    }
}
