package dev.fastif.hvp.index;

import dev.fastif.core.SolveFailedException;
import dev.fastif.core.SolveOutcome;
import dev.fastif.hvp.internal.Cholesky;
import dev.fastif.hvp.internal.SymmetricMatrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The Gauss-Newton matrix in K coordinates, those of all layers together, plus the regularizer's: C [K, K]. Immutable and
 * thread-safe.
 */
final class JointCurvature {
    private static final int POWERS = 50;

    private final SymmetricMatrix matrix;

    private JointCurvature(SymmetricMatrix matrix) {
        this.matrix = matrix;
    }

    /** Adds up {@code c c^T} over rows c, in the order in which they come. */
    static final class Sum {
        /** Rows that are multiplied at once: each product is a walk over the matrix. */
        private static final int AT_ONCE = 1024;

        private final int size;
        private final INDArray sum;
        private final List<double[]> waiting = new ArrayList<>();

        Sum(int size) {
            this.size = size;
            this.sum = Nd4j.createUninitializedDetached(DataType.DOUBLE, 'f', size, size)
                    .assign(0);
        }

        void add(double[] row) {
            waiting.add(row);
            if (waiting.size() == AT_ONCE) {
                multiply();
            }
        }

        private void multiply() {
            if (waiting.isEmpty()) {
                return;
            }
            try (INDArray rows = Nd4j.createFromArray(waiting.toArray(double[][]::new))) {
                Nd4j.gemm(rows, rows, sum, true, false, 1, 1);
            }
            waiting.clear();
        }

        /**
         * The mean over examples plus a diagonal; nothing can be added afterwards.
         *
         * @param examples how many
         * @param diagonal [K]
         */
        JointCurvature mean(int examples, double... diagonal) {
            multiply();
            double[][] rows = new double[size][];
            for (int i = 0; i < size; i++) {
                double[] column =
                        Matrices.elements(sum.getColumn(i)); // symmetric: columns, which lie together, are rows
                rows[i] = Arrays.copyOf(column, i + 1);
                for (int j = 0; j <= i; j++) {
                    rows[i][j] /= examples;
                }
                rows[i][i] += diagonal[i];
            }
            sum.close();
            return new JointCurvature(new SymmetricMatrix(rows));
        }
    }

    /** The matrix in some of the coordinates, at ascending positions. */
    JointCurvature at(int... positions) {
        double[][] rows = new double[positions.length][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = new double[i + 1];
            for (int j = 0; j <= i; j++) {
                rows[i][j] = matrix.rows()[positions[i]][positions[j]];
            }
        }
        return new JointCurvature(new SymmetricMatrix(rows));
    }

    int size() {
        return Math.toIntExact(matrix.size());
    }

    /** The largest eigenvalue, from below, by powers: within a few percent. */
    double largestEigenvalue() {
        INDArray x = Nd4j.ones(DataType.DOUBLE, size());
        double length = Math.sqrt(size());
        for (int power = 0; power < POWERS && length > 0; power++) {
            x = matrix.apply(x.divi(length));
            length = x.norm2Number().doubleValue();
        }
        return length;
    }

    /** The trace over K: the mean eigenvalue. */
    double meanEigenvalue() {
        double sum = 0;
        for (double[] row : matrix.rows()) {
            sum += row[row.length - 1];
        }
        return sum / size();
    }

    /** Its lower triangle, row by row; not to be written to. */
    double[][] rows() {
        return matrix.rows();
    }

    /**
     * The factor of {@code C + damping I}.
     *
     * @throws SolveFailedException if it is not positive definite
     */
    Cholesky damped(double damping, Runnable checkpoint) {
        double smallestPivot = 1e-14 * (matrix.largestOnDiagonal() + damping);
        Cholesky factor = Cholesky.of(matrix, damping, smallestPivot, checkpoint);
        if (factor == null) {
            throw new SolveFailedException(
                    SolveOutcome.NOT_DEFINITE,
                    String.format(
                            Locale.ROOT,
                            "the curvature in %d coordinates plus damping is not positive definite: raise damping (now %s), to a"
                                    + " thousandth of the mean eigenvalue, %.3g, for example",
                            size(),
                            damping,
                            meanEigenvalue() / 1000));
        }
        return factor;
    }
}
