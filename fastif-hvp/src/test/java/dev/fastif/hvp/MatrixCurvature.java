package dev.fastif.hvp;

import dev.fastif.core.Curvature;
import dev.fastif.core.LinearOperator;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Curvature whose training examples have matrices of their own; counts products. */
final class MatrixCurvature implements Curvature {
    private final double[][][] matrices;
    private final AtomicInteger products = new AtomicInteger();

    private MatrixCurvature(double[][]... matrices) {
        this.matrices = matrices;
    }

    /** One example. */
    static MatrixCurvature of(double[]... matrix) {
        return new MatrixCurvature(new double[][][] {matrix});
    }

    /** Examples with these matrices. */
    static MatrixCurvature ofExamples(double[][]... matrices) {
        return new MatrixCurvature(matrices);
    }

    /** {@code 2 * pairs} examples, in pairs of the matrix plus and minus symmetric noise: its mean is the matrix. */
    static MatrixCurvature noisy(long seed, int pairs, double noise, double[]... matrix) {
        Random random = new Random(seed);
        int p = matrix.length;
        double[][][] matrices = new double[2 * pairs][p][p];
        for (int pair = 0; pair < pairs; pair++) {
            for (int i = 0; i < p; i++) {
                for (int j = 0; j <= i; j++) {
                    double shift = noise * random.nextGaussian();
                    matrices[2 * pair][i][j] = matrix[i][j] + shift;
                    matrices[2 * pair][j][i] = matrix[j][i] + shift;
                    matrices[2 * pair + 1][i][j] = matrix[i][j] - shift;
                    matrices[2 * pair + 1][j][i] = matrix[j][i] - shift;
                }
            }
        }
        return new MatrixCurvature(matrices);
    }

    /** How many products there were, of all operators together. */
    int products() {
        return products.get();
    }

    /** The mean matrix of these examples. */
    double[][] mean(int... ids) {
        int p = matrices[0].length;
        double[][] mean = new double[p][p];
        for (int id : ids) {
            for (int i = 0; i < p; i++) {
                for (int j = 0; j < p; j++) {
                    mean[i][j] += matrices[id][i][j] / ids.length;
                }
            }
        }
        return mean;
    }

    @Override
    public long size() {
        return matrices[0].length;
    }

    @Override
    public int examples() {
        return matrices.length;
    }

    @Override
    public LinearOperator full() {
        return on(IntStream.range(0, matrices.length).toArray());
    }

    /** The diagonal itself: what squared gradients stand for. */
    @Override
    public INDArray approximateDiagonal(int... ids) {
        double[][] mean = mean(ids);
        return Nd4j.createFromArray(IntStream.range(0, mean.length)
                .mapToDouble(i -> Math.abs(mean[i][i]))
                .toArray());
    }

    @Override
    public LinearOperator on(int... ids) {
        double[][] mean = mean(ids);
        return new LinearOperator() {
            @Override
            public long size() {
                return mean.length;
            }

            @Override
            public INDArray apply(INDArray vector) {
                products.incrementAndGet();
                double[] x = vector.toDoubleVector();
                double[] y = Arrays.stream(mean)
                        .mapToDouble(row -> Systems.dot(row, x))
                        .toArray();
                return Nd4j.createFromArray(y).castTo(vector.dataType());
            }
        };
    }
}
