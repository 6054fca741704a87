package dev.fastif.hvp.internal;

import dev.fastif.core.LinearOperator;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A symmetric matrix [p, p] in double precision, of which the lower triangle is kept: row i has i + 1 elements.
 *
 * @param rows its lower triangle
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, nor changed once made
public record SymmetricMatrix(double[]... rows) implements LinearOperator {
    /**
     * The matrix of a linear operator, of {@code atOnce} columns with each application. What is not symmetric by rounding is averaged.
     *
     * @param like a vector of the operator's type, [p]
     * @param beforeEach hears of each application, by its number
     */
    public static SymmetricMatrix of(LinearOperator operator, INDArray like, int atOnce, IntConsumer beforeEach) {
        int p = Math.toIntExact(like.length());
        double[][] rows = new double[p][];
        Arrays.setAll(rows, i -> new double[i + 1]);
        for (int start = 0; start < p; start += atOnce) {
            beforeEach.accept(start / atOnce);
            List<INDArray> units = units(like, start, Math.min(p, start + atOnce));
            List<INDArray> products = operator.applyAll(units);
            for (int k = 0; k < products.size(); k++) {
                add(rows, start + k, products.get(k));
                products.get(k).close();
                units.get(k).close();
            }
        }
        return new SymmetricMatrix(rows);
    }

    private static List<INDArray> units(INDArray like, int from, int to) {
        return IntStream.range(from, to)
                .mapToObj(i -> Nd4j.create(like.dataType(), like.length()).putScalar(i, 1))
                .toList();
    }

    private static void add(double[][] rows, int column, INDArray product) {
        double[] values = product.castTo(DataType.DOUBLE).data().asDouble();
        for (int i = 0; i < column; i++) {
            rows[column][i] += values[i] / 2;
        }
        rows[column][column] = values[column];
        for (int i = column + 1; i < values.length; i++) {
            rows[i][column] += values[i] / 2;
        }
    }

    @Override
    public long size() {
        return rows.length;
    }

    public boolean isFinite() {
        return Arrays.stream(rows).flatMapToDouble(Arrays::stream).allMatch(Double::isFinite);
    }

    public double largestOnDiagonal() {
        double largest = 0;
        for (double[] row : rows) {
            largest = Math.max(largest, Math.abs(row[row.length - 1]));
        }
        return largest;
    }

    @Override
    public INDArray apply(INDArray vector) {
        return Nd4j.createFromArray(times(vector.toDoubleVector()));
    }

    private double[] times(double... x) {
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            double[] row = rows[i];
            double sum = 0;
            for (int j = 0; j < i; j++) {
                sum += row[j] * x[j];
                y[j] += row[j] * x[i];
            }
            y[i] += sum + row[i] * x[i];
        }
        return y;
    }
}
