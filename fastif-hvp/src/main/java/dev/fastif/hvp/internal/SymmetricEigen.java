package dev.fastif.hvp.internal;

import dev.fastif.core.internal.Check;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Eigenvalues and eigenvectors of a symmetric matrix, in plain Java and double precision (ND4J's OpenBLAS is wrong on processors
 * with AVX-512): Householder's reduction to a tridiagonal matrix, then implicit QL steps, whose rotations are applied to slices of
 * the vectors that fit into a cache.
 *
 * @param values ascending
 * @param vectors row i belongs to {@code values[i]}; the rows are orthonormal
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, nor changed once made
public record SymmetricEigen(double[] values, double[]... vectors) {
    /** Columns of the vectors that rotations are applied to at once. */
    private static final int SLICE = 64;

    /** Rotations that are kept before they are applied. */
    private static final int KEPT = 1 << 16;

    /** Vectors that reflections are applied to at once. */
    private static final int TOGETHER = 8;

    private static final int MOST_STEPS = 60;

    /** Beside a largest element of 1 this is 0; its square is no number. */
    private static final double NOTHING = 1e-150;

    /**
     * Decomposes a matrix.
     *
     * @param matrix [n][n], of which the lower triangle is read; it is not changed
     * @param checkpoint runs now and then
     * @throws IllegalArgumentException if it has elements that are not finite
     */
    public static SymmetricEigen of(double[][] matrix, Runnable checkpoint) {
        int n = matrix.length;
        double scale = largest(matrix);
        double[][] a = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j <= i; j++) {
                a[i][j] = matrix[i][j] / scale;
                a[j][i] = a[i][j];
            }
        }
        double[] diagonal = new double[n];
        double[] beside = new double[n];
        double[] factors = tridiagonal(a, diagonal, beside, checkpoint);
        double[][] vectors = new double[n][n];
        for (int i = 0; i < n; i++) {
            vectors[i][i] = 1;
        }
        diagonalize(diagonal, beside, vectors, checkpoint);
        reflect(a, factors, vectors, checkpoint);
        Integer[] order = IntStream.range(0, n).boxed().toArray(Integer[]::new);
        Arrays.sort(order, (i, j) -> Double.compare(diagonal[i], diagonal[j]));
        return new SymmetricEigen(
                Arrays.stream(order).mapToDouble(i -> scale * diagonal[i]).toArray(),
                Arrays.stream(order).map(i -> vectors[i]).toArray(double[][]::new));
    }

    /** The largest absolute value of the lower triangle; 1 if all are 0. */
    private static double largest(double[]... matrix) {
        double largest = 0;
        for (int i = 0; i < matrix.length; i++) {
            for (int j = 0; j <= i; j++) {
                Check.argument(
                        Double.isFinite(matrix[i][j]),
                        "element [%d][%d] of the matrix is %s: a matrix of finite numbers has eigenvalues",
                        i,
                        j,
                        matrix[i][j]);
                largest = Math.max(largest, Math.abs(matrix[i][j]));
            }
        }
        return largest == 0 ? 1 : largest;
    }

    /**
     * Reduces a to tridiagonal form by reflections {@code I - factor v v^T}, whose v are left in its rows, row k from column k + 1 on.
     *
     * @param diagonal is filled
     * @param beside is filled: element k is that of row k + 1 and column k
     * @return the reflections' factors
     */
    private static double[] tridiagonal(double[][] a, double[] diagonal, double[] beside, Runnable checkpoint) {
        int n = a.length;
        double[] factors = new double[n];
        double[] product = new double[n];
        for (int k = 0; k < n - 1; k++) {
            if ((k & 15) == 0) {
                checkpoint.run();
            }
            double[] v = a[k];
            diagonal[k] = v[k];
            double length = norm(v, k + 1);
            double tail = k + 2 < n ? norm(v, k + 2) : 0;
            if (tail < NOTHING) {
                beside[k] = v[k + 1];
                continue;
            }
            double head = v[k + 1] > 0 ? -length : length;
            beside[k] = head;
            v[k + 1] -= head;
            double factor = 1 / (length * (length + Math.abs(v[k + 1] + head)));
            factors[k] = factor;
            double along = 0;
            for (int i = k + 1; i < n; i++) {
                product[i] = factor * dot(a[i], v, k + 1);
                along += product[i] * v[i];
            }
            double half = 0.5 * factor * along;
            for (int i = k + 1; i < n; i++) {
                product[i] -= half * v[i];
            }
            for (int i = k + 1; i < n; i++) {
                subtract(a[i], v[i], product, product[i], v, k + 1);
            }
        }
        diagonal[n - 1] = a[n - 1][n - 1];
        return factors;
    }

    private static double norm(double[] x, int from) {
        double largest = 0;
        for (int i = from; i < x.length; i++) {
            largest = Math.max(largest, Math.abs(x[i]));
        }
        if (largest == 0) {
            return 0;
        }
        double sum = 0;
        for (int i = from; i < x.length; i++) {
            double scaled = x[i] / largest;
            sum += scaled * scaled;
        }
        return largest * Math.sqrt(sum);
    }

    /** Four sums at a time: one alone waits for each addition. */
    private static double dot(double[] x, double[] y, int from) {
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        int i = from;
        for (; i + 3 < x.length; i += 4) {
            a += x[i] * y[i];
            b += x[i + 1] * y[i + 1];
            c += x[i + 2] * y[i + 2];
            d += x[i + 3] * y[i + 3];
        }
        for (; i < x.length; i++) {
            a += x[i] * y[i];
        }
        return a + b + (c + d);
    }

    private static void subtract(double[] row, double s, double[] x, double t, double[] y, int from) {
        for (int i = from; i < row.length; i++) {
            row[i] -= s * x[i] + t * y[i];
        }
    }

    /** Rotations of neighbouring rows, in the order in which they came. */
    private static final class Rotations {
        private final double[][] rows;
        private final int[] first = new int[KEPT];
        private final double[] cosines = new double[KEPT];
        private final double[] sines = new double[KEPT];
        private int count;

        Rotations(double[]... rows) {
            this.rows = rows;
        }

        void add(int row, double cosine, double sine) {
            first[count] = row;
            cosines[count] = cosine;
            sines[count] = sine;
            count++;
            if (count == KEPT) {
                apply();
            }
        }

        void apply() {
            int n = rows.length;
            int slices = (n + SLICE - 1) / SLICE;
            IntStream.range(0, slices).parallel().forEach(s -> {
                int from = s * SLICE;
                int to = Math.min(n, from + SLICE);
                for (int i = 0; i < count; i++) {
                    rotate(rows[first[i]], rows[first[i] + 1], cosines[i], sines[i], from, to);
                }
            });
            count = 0;
        }

        private static void rotate(double[] x, double[] y, double c, double s, int from, int to) {
            for (int k = from; k < to; k++) {
                double h = y[k];
                y[k] = s * x[k] + c * h;
                x[k] = c * x[k] - s * h;
            }
        }
    }

    /** Implicit QL steps; the rows of {@code vectors} are rotated along. */
    private static void diagonalize(double[] d, double[] e, double[][] vectors, Runnable checkpoint) {
        int n = d.length;
        double largest = 0;
        for (int i = 0; i < n; i++) {
            largest = Math.max(largest, Math.abs(d[i]) + Math.abs(e[i]));
        }
        double rounding = Math.ulp(largest);
        Rotations rotations = new Rotations(vectors);
        for (int low = 0; low < n; low++) {
            checkpoint.run();
            for (int step = 0; ; step++) {
                int high = low;
                while (high < n - 1 && Math.abs(e[high]) > rounding) {
                    high++;
                }
                if (high == low) {
                    break;
                }
                if (step == MOST_STEPS) {
                    throw new IllegalStateException("the eigenvalues of a matrix did not converge");
                }
                qlStep(d, e, low, high, rotations);
            }
        }
        rotations.apply();
    }

    private static void qlStep(double[] d, double[] e, int low, int high, Rotations rotations) {
        double g = (d[low + 1] - d[low]) / (2 * e[low]);
        double r = Math.hypot(g, 1);
        g = d[high] - d[low] + e[low] / (g + Math.copySign(r, g));
        double s = 1;
        double c = 1;
        double p = 0;
        for (int i = high - 1; i >= low; i--) {
            double f = s * e[i];
            double b = c * e[i];
            r = Math.hypot(f, g);
            e[i + 1] = r;
            if (r == 0) {
                d[i + 1] -= p;
                e[high] = 0;
                return;
            }
            s = f / r;
            c = g / r;
            g = d[i + 1] - p;
            r = (d[i] - g) * s + 2 * c * b;
            p = s * r;
            d[i + 1] = g + p;
            g = c * r - b;
            rotations.add(i, c, s);
        }
        d[low] -= p;
        e[low] = g;
        e[high] = 0;
    }

    /** Applies the reflections, the last one first, to each row. */
    private static void reflect(double[][] reflections, double[] factors, double[][] rows, Runnable checkpoint) {
        int n = rows.length;
        checkpoint.run();
        IntStream.range(0, (n + TOGETHER - 1) / TOGETHER).parallel().forEach(group -> {
            int from = group * TOGETHER;
            int to = Math.min(n, from + TOGETHER);
            for (int k = n - 3; k >= 0; k--) {
                if (factors[k] != 0) {
                    double[] v = reflections[k];
                    for (int i = from; i < to; i++) {
                        double along = -factors[k] * dot(rows[i], v, k + 1);
                        add(rows[i], along, v, k + 1);
                    }
                }
            }
        });
    }

    private static void add(double[] row, double factor, double[] x, int from) {
        for (int i = from; i < row.length; i++) {
            row[i] += factor * x[i];
        }
    }
}
