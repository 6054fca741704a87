package dev.fastif.hvp.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.TestArrays;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class SymmetricEigenTest {
    private static double[][] gram(int n, int rank, long seed) {
        Random random = new Random(seed);
        INDArray x = Nd4j.createFromArray(random.doubles((long) n * rank, -1, 1).toArray())
                .reshape(n, rank);
        return x.mmul(x.transpose()).toDoubleMatrix();
    }

    private static void check(double[][] a) {
        SymmetricEigen eigen = SymmetricEigen.of(a, () -> {});
        int n = a.length;
        INDArray u = Nd4j.createFromArray(eigen.vectors()); // rows
        double off = TestArrays.difference(u.mmul(u.transpose()), Nd4j.eye(n));
        assertTrue(off <= 1e-12, () -> n + ": U U^T differs from I by " + off);
        INDArray matrix = Nd4j.createFromArray(a);
        INDArray rebuilt = u.transpose()
                .mmul(u.mulColumnVector(Nd4j.createFromArray(eigen.values()).reshape(n, 1)));
        double size = TestArrays.largest(matrix);
        double difference = TestArrays.difference(rebuilt, matrix);
        assertTrue(difference <= 1e-12 * n * size, () -> n + ": differs by " + difference + " of " + size);
        for (int i = 1; i < n; i++) {
            assertTrue(eigen.values()[i - 1] <= eigen.values()[i]);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 64, 65, 129, 385, 769})
    void matricesOfFullRank(int n) {
        check(gram(n, n + 3, n));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 7, 100, 385})
    void matricesOfLowRank(int n) {
        check(gram(n, Math.max(1, n / 10), n));
    }

    @Test
    void diagonalEqualAndScaledMatrices() {
        for (double scale : new double[] {1, 1e-200, 1e150, 0}) {
            double[][] a = new double[6][6];
            for (int i = 0; i < 6; i++) {
                a[i][i] = scale * (i % 3);
            }
            check(a);
            double[][] ones = new double[5][5];
            Arrays.stream(ones).forEach(row -> Arrays.fill(row, scale));
            check(ones);
        }
    }

    @Test
    void elementsThatAreAllButNothingBesideOthers() {
        double[][] a = gram(9, 9, 1);
        for (int i = 0; i < 9; i++) {
            for (int j = 0; j < 9; j++) {
                a[i][j] *= Math.pow(1e-60, Math.max(i, j));
            }
        }
        check(a);
    }

    @Test
    void knownEigenvalues() {
        int n = 50;
        double[][] a = new double[n][n];
        for (int i = 0; i < n; i++) {
            a[i][i] = 2;
            if (i > 0) {
                a[i][i - 1] = -1;
            }
        }
        double[] values = SymmetricEigen.of(a, () -> {}).values();
        for (int k = 1; k <= n; k++) {
            assertEquals(2 - 2 * Math.cos(Math.PI * k / (n + 1)), values[k - 1], 1e-13);
        }
    }

    @Test
    void refusesWhatIsNotFinite() {
        assertThrows(IllegalArgumentException.class, () -> SymmetricEigen.of(new double[][] {{Double.NaN}}, () -> {}));
    }

    /** As of BERT-base's layers: by -Dfastif.eigen=3073. */
    @Test
    void aLargeMatrix() {
        int n = Integer.getInteger("fastif.eigen", 129);
        double[][] a = gram(n, n, 3);
        long start = System.nanoTime();
        SymmetricEigen.of(a, () -> {});
        System.out.printf("eigenvectors of a matrix of %d: %.2f s%n", n, (System.nanoTime() - start) / 1e9);
        check(a);
    }
}
