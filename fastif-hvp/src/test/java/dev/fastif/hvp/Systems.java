package dev.fastif.hvp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.fastif.core.TestArrays;
import java.util.Random;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Matrices of known spectrum, and their linear systems solved by elimination in plain Java. */
final class Systems {
    private Systems() {}

    /** The symmetric matrix of these eigenvalues in a random orthonormal basis. */
    static double[][] ofSpectrum(long seed, double... eigenvalues) {
        int p = eigenvalues.length;
        double[][] basis = orthonormal(seed, p);
        double[][] matrix = new double[p][p];
        for (int i = 0; i < p; i++) {
            for (int j = 0; j < p; j++) {
                for (int k = 0; k < p; k++) {
                    matrix[i][j] += basis[k][i] * eigenvalues[k] * basis[k][j];
                }
            }
        }
        return matrix;
    }

    static double[][] diagonal(double... eigenvalues) {
        double[][] matrix = new double[eigenvalues.length][eigenvalues.length];
        for (int i = 0; i < eigenvalues.length; i++) {
            matrix[i][i] = eigenvalues[i];
        }
        return matrix;
    }

    /** p numbers from low to high, evenly spaced on a logarithmic scale. */
    static double[] logarithmic(int p, double low, double high) {
        double[] numbers = new double[p];
        for (int i = 0; i < p; i++) {
            numbers[i] = low * Math.pow(high / low, i / (p - 1.0));
        }
        return numbers;
    }

    private static double[][] orthonormal(long seed, int p) {
        Random random = new Random(seed);
        double[][] rows = new double[p][p];
        for (int i = 0; i < p; i++) {
            for (int j = 0; j < p; j++) {
                rows[i][j] = random.nextGaussian();
            }
            for (int round = 0; round < 2; round++) {
                for (int k = 0; k < i; k++) {
                    double overlap = dot(rows[i], rows[k]);
                    for (int j = 0; j < p; j++) {
                        rows[i][j] -= overlap * rows[k][j];
                    }
                }
            }
            double norm = Math.sqrt(dot(rows[i], rows[i]));
            for (int j = 0; j < p; j++) {
                rows[i][j] /= norm;
            }
        }
        return rows;
    }

    /** The solution of {@code (matrix + damping I) s = v}. */
    static double[] solve(double[][] matrix, double damping, double... v) {
        int p = v.length;
        double[][] m = new double[p][];
        double[] s = v.clone();
        for (int i = 0; i < p; i++) {
            m[i] = matrix[i].clone();
            m[i][i] += damping;
        }
        for (int pivot = 0; pivot < p; pivot++) {
            for (int row = pivot + 1; row < p; row++) {
                double factor = m[row][pivot] / m[pivot][pivot];
                for (int column = pivot; column < p; column++) {
                    m[row][column] -= factor * m[pivot][column];
                }
                s[row] -= factor * s[pivot];
            }
        }
        for (int row = p - 1; row >= 0; row--) {
            for (int column = row + 1; column < p; column++) {
                s[row] -= m[row][column] * s[column];
            }
            s[row] /= m[row][row];
        }
        return s;
    }

    /** {@code |(matrix + damping I) s - v| / |v|}. */
    static double relativeResidual(double[][] matrix, double damping, double[] s, double... v) {
        double squared = 0;
        for (int i = 0; i < v.length; i++) {
            double difference = dot(matrix[i], s) + damping * s[i] - v[i];
            squared += difference * difference;
        }
        return Math.sqrt(squared / dot(v, v));
    }

    static double dot(double[] a, double... b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    /** Standard normal numbers. */
    static double[] normal(long seed, int p) {
        Random random = new Random(seed);
        return random.doubles(p).map(unused -> random.nextGaussian()).toArray();
    }

    // Not by equalsWithEps, for which two vectors of one element are never within 0 of each other.
    static void assertSameBits(INDArray expected, INDArray actual) {
        assertArrayEquals(expected.toDoubleVector(), actual.toDoubleVector());
    }

    static boolean isClose(INDArray a, INDArray b, double tolerance) {
        return TestArrays.difference(a, b) <= tolerance;
    }

    static INDArray vector(double... elements) {
        return Nd4j.createFromArray(elements);
    }
}
