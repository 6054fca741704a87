package dev.fastif.knn;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * The centre m of the indexed points, about which a query's distances are split:
 * {@code |x - q|^2 = (|x - m|^2 - 2 x.(q - m)) + (2 m.(q - m) + |q - m|^2)}. The first part, the key of x, takes one dot
 * product; the second is the same for every x. About 0 instead of m, a large common offset of points and queries would
 * cancel in the key and leave nothing but rounding errors.
 */
final class Centre {
    private static final double DOUBLE_UNIT = 0x1p-53;
    private static final int CACHED_NUMBERS = 1 << 16;

    private final double[] mean;
    private final double[] squaredNorms;
    private final double longest;
    private final double unit;
    private final double tiniest;

    private Centre(double[] mean, double[] squaredNorms, double longest, DataType type) {
        this.mean = mean;
        this.squaredNorms = squaredNorms;
        this.longest = longest;
        this.unit = type == DataType.FLOAT ? 0x1p-24 : DOUBLE_UNIT;
        this.tiniest = type == DataType.FLOAT ? Float.MIN_NORMAL : Double.MIN_NORMAL;
    }

    /** The centre of points [N, d]. Few at a time are looked at in double precision, so that their copies stay in the cache. */
    static Centre of(INDArray points) {
        int block = (int) Math.max(1, CACHED_NUMBERS / points.size(1));
        INDArray mean = points.mean(0).castTo(DataType.DOUBLE);
        int size = Math.toIntExact(points.size(0));
        double[] squaredNorms = new double[size];
        double longest = 0;
        for (int start = 0; start < size; start += block) {
            INDArray rows = points.get(NDArrayIndex.interval(start, Math.min(size, start + block)), NDArrayIndex.all());
            // a copy even of doubles, for it is closed
            try (INDArray numbers = rows.dataType() == DataType.DOUBLE ? rows.dup() : rows.castTo(DataType.DOUBLE);
                    INDArray centred = numbers.subRowVector(mean)) {
                longest = Math.max(longest, numbers.norm2(1).maxNumber().doubleValue());
                double[] part = centred.muli(centred).sum(1).toDoubleVector();
                System.arraycopy(part, 0, squaredNorms, start, part.length);
            }
        }
        return new Centre(mean.toDoubleVector(), squaredNorms, longest, points.dataType());
    }

    /** The key of a point, from its product with a centred query; the lowest of all if that overflowed. */
    double key(int id, double product) {
        double key = squaredNorms[id] - 2 * product;
        return Double.isFinite(key) ? key : Double.NEGATIVE_INFINITY;
    }

    Query query(double... query) {
        double[] centred = new double[query.length];
        Arrays.setAll(centred, i -> query[i] - mean[i]);
        double constant = 2 * dot(mean, centred) + dot(centred, centred);
        double length = Math.sqrt(dot(centred, centred));
        // A dot product of d terms errs by less than (d + 1) units of |x| |q - m|, rounding of q - m included; what is
        // computed in double precision, by far less than 8 (d + 1) of its units of all lengths squared.
        double terms = query.length + 1.0;
        double lengths = longest + Math.sqrt(dot(mean, mean)) + length;
        double error = 2 * terms * (unit * longest * length + tiniest) + 8 * terms * DOUBLE_UNIT * lengths * lengths;
        return new Query(centred, constant, error);
    }

    private static double dot(double[] a, double... b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    /** A query relative to the centre, and by how much keys may be wrong for it. */
    static final class Query {
        private final double[] centred;
        private final double constant;
        private final double error;

        private Query(double[] centred, double constant, double error) {
            this.centred = centred;
            this.constant = constant;
            this.error = error;
        }

        /** {@code q - m}. */
        double[] centred() {
            return centred.clone();
        }

        /** Whether every point of at least this key certainly is farther away than this. */
        boolean isBeyond(double key, double squaredDistance) {
            return key + constant - error > squaredDistance;
        }
    }
}
