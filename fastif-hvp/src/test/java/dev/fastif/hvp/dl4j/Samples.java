package dev.fastif.hvp.dl4j;

import dev.fastif.core.Batch;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Arrays of three examples. */
final class Samples {
    static final int N = 3;
    static final int H = 4;
    static final int CLASSES = 3;
    static final int T = 5;

    private Samples() {}

    static INDArray classes() {
        return Nd4j.createFromArray(new double[][] {{0, 0, 1}, {1, 0, 0}, {0, 1, 0}});
    }

    /** One class for each step, [n, c, t]. */
    static INDArray stepClasses() {
        INDArray labels = Nd4j.create(DataType.DOUBLE, N, CLASSES, T);
        for (int i = 0; i < N; i++) {
            for (int t = 0; t < T; t++) {
                labels.putScalar(i, (2 * i + t * t) % CLASSES, t, 1);
            }
        }
        return labels;
    }

    /** Classes in turn, [n, c] or [n, c, t]. */
    static INDArray labels(long... shape) {
        INDArray labels = Nd4j.create(DataType.DOUBLE, shape);
        long steps = shape.length == 3 ? shape[2] : 1;
        for (long i = 0; i < shape[0]; i++) {
            for (long t = 0; t < steps; t++) {
                long c = (2 * i + t * t) % shape[1];
                long[] place = shape.length == 3 ? new long[] {i, c, t} : new long[] {i, c};
                labels.putScalar(place, 1);
            }
        }
        return labels;
    }

    /** Sequences of 5, 3 and 4 steps. */
    static INDArray mask() {
        return Nd4j.createFromArray(new double[][] {{1, 1, 1, 1, 1}, {1, 1, 1, 0, 0}, {1, 1, 1, 1, 0}});
    }

    static Batch batch(INDArray features, INDArray labels) {
        return Batch.of(features, labels);
    }

    static Batch masked(INDArray features, INDArray labels) {
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        arrays.put(Batch.FEATURES, features);
        arrays.put(Batch.LABELS, labels);
        arrays.put(Batch.FEATURES_MASK, mask());
        if (labels.rank() == 3) {
            arrays.put(Batch.LABELS_MASK, mask());
        }
        return Batch.of(arrays);
    }
}
