package dev.fastif.core;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Solves by Gaussian elimination on the matrix that the operator is, column by column. */
record DirectInverse(double damping) implements InverseHvp {
    @Override
    public List<Solution> solveAll(Curvature curvature, List<INDArray> vectors, Progress progress) {
        return vectors.stream()
                .map(vector -> solve(curvature, vector, progress))
                .toList();
    }

    @Override
    public Solution solve(Curvature curvature, INDArray vector, Progress progress) {
        int size = Math.toIntExact(curvature.size());
        LinearOperator operator = curvature.full();
        double[][] system = new double[size][size + 1];
        for (int column = 0; column < size; column++) {
            progress.checkpoint(Stage.INVERSE_HVP, column, size);
            INDArray unit = Nd4j.create(DataType.DOUBLE, size).putScalar(column, 1);
            INDArray image = operator.apply(unit);
            for (int row = 0; row < size; row++) {
                system[row][column] = image.getDouble(row) + (row == column ? damping : 0);
                system[row][size] = vector.getDouble(row);
            }
        }
        INDArray solution = Nd4j.createFromArray(solved(system));
        INDArray residual = operator.apply(solution).addi(solution.mul(damping)).subi(vector);
        double relative =
                residual.norm2Number().doubleValue() / vector.norm2Number().doubleValue();
        return new Solution(
                solution,
                new SolveReport(
                        SolveOutcome.SOLVED,
                        "direct",
                        damping,
                        Double.NaN,
                        size,
                        relative,
                        curvature.examples(),
                        Double.NaN,
                        Double.NaN,
                        List.of()));
    }

    /** The solution of a symmetric positive definite system [n, n + 1], whose last column is the right-hand side. */
    private static double[] solved(double[]... system) {
        int size = system.length;
        for (int pivot = 0; pivot < size; pivot++) {
            for (int row = 0; row < size; row++) {
                double factor = row == pivot ? 0 : system[row][pivot] / system[pivot][pivot];
                for (int column = pivot; factor != 0 && column <= size; column++) {
                    system[row][column] -= factor * system[pivot][column];
                }
            }
        }
        double[] solution = new double[size];
        for (int i = 0; i < size; i++) {
            solution[i] = system[i][size] / system[i][i];
        }
        return solution;
    }
}
