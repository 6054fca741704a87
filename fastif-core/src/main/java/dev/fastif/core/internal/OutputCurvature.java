package dev.fastif.core.internal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The Hessian of each example's loss by its outputs, written as a sum of outer products {@code sum_j u_j u_j^T}: gradients along the
 * slopes u_j are those of which the Gauss-Newton matrix is made.
 */
public final class OutputCurvature {
    /** More outputs of an example than this have a Hessian that is too large to be factored for each example. */
    private static final int MOST_OUTPUTS = 4096;

    private OutputCurvature() {}

    /** What Hessians in these numbers are rounded by, relative to their largest element. */
    public static double rounding(DataType type) {
        return type == DataType.DOUBLE ? 1e-12 : 1e-5;
    }

    /** Refuses examples of more outputs than can be treated so. */
    public static void requireFew(long outputs) {
        Check.argument(
                outputs <= MOST_OUTPUTS,
                "an example has %d outputs, and curvature in coordinates takes %d: shorten the sequences, or use a solver that"
                        + " multiplies by the curvature",
                outputs,
                MOST_OUTPUTS);
    }

    /**
     * Slopes of n examples.
     *
     * @param hessians of each example [c, c], positive semi-definite up to rounding
     * @param rounding what is lost relative to the largest element: pivots below are rounding errors
     * @param most how many slopes at most; if the Hessians have a higher rank so many random sums of them are taken, with
     *     {@code u u^T} equal to the Hessian in expectation
     * @param seeds of each example's sums
     * @return for each slope those of the n examples, [n, c]
     * @throws IllegalArgumentException if a Hessian is not positive semi-definite
     */
    public static List<double[][]> slopes(double[][][] hessians, double rounding, int most, long... seeds) {
        double[][][] factors = new double[hessians.length][][];
        int rank = 0;
        for (int i = 0; i < hessians.length; i++) {
            factors[i] = factor(hessians[i], rounding);
            rank = Math.max(rank, factors[i].length);
        }
        List<double[][]> slopes = new ArrayList<>();
        for (int j = 0; j < Math.min(rank, most); j++) {
            double[][] slope = new double[hessians.length][];
            for (int i = 0; i < slope.length; i++) {
                int c = hessians[i].length;
                slope[i] = rank > most ? drawn(factors[i], c, most, seeds[i] * most + j) : row(factors[i], j, c);
            }
            slopes.add(slope);
        }
        return slopes;
    }

    private static double[] row(double[][] factor, int j, int c) {
        return j < factor.length ? factor[j] : new double[c];
    }

    private static double[] drawn(double[][] factor, int c, int most, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] sum = new double[c];
        double scale = 1 / Math.sqrt(most);
        for (double[] row : factor) {
            double sign = random.nextBoolean() ? scale : -scale;
            for (int k = 0; k < c; k++) {
                sum[k] += sign * row[k];
            }
        }
        return sum;
    }

    /** Rows u_j with {@code sum_j u_j u_j^T = h}: Cholesky's factorization, the largest pivot first. */
    private static double[][] factor(double[][] h, double rounding) {
        int c = h.length;
        double[][] rest = Arrays.stream(h).map(double[]::clone).toArray(double[][]::new);
        double largest = 0;
        for (int k = 0; k < c; k++) {
            largest = Math.max(largest, Math.abs(h[k][k]));
        }
        double smallest = largest * rounding;
        List<double[]> rows = new ArrayList<>();
        while (rows.size() < c) {
            int pivot = 0;
            for (int k = 1; k < c; k++) {
                pivot = rest[k][k] > rest[pivot][pivot] ? k : pivot;
            }
            if (!(rest[pivot][pivot] > smallest)) {
                break;
            }
            double root = Math.sqrt(rest[pivot][pivot]);
            double[] row = new double[c];
            for (int k = 0; k < c; k++) {
                row[k] = rest[pivot][k] / root;
            }
            for (int a = 0; a < c; a++) {
                for (int b = 0; b < c; b++) {
                    rest[a][b] -= row[a] * row[b];
                }
            }
            rows.add(row);
        }
        for (int k = 0; k < c; k++) {
            Check.argument(
                    Math.abs(rest[k][k]) <= 100 * smallest,
                    "the loss has a Hessian by the outputs that is not positive semi-definite (%s is left on its diagonal of"
                            + " up to %s): curvature in coordinates takes convex losses; use a solver of the Hessian",
                    rest[k][k],
                    largest);
        }
        return rows.toArray(double[][]::new);
    }
}
