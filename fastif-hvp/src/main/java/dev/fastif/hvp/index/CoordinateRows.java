package dev.fastif.hvp.index;

import dev.fastif.core.GradientSink;
import dev.fastif.hvp.index.Coordinates.Kept;
import dev.fastif.hvp.index.Coordinates.Side;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The coordinates of the gradients of the examples of a batch, as rows of K numbers, example by example. */
final class CoordinateRows implements GradientSink {
    private final int size;
    private final Map<String, Sides> sides;
    private final List<List<double[]>> rows = new ArrayList<>();
    private List<double[]> current = List.of();
    private int first;

    /** A block's kept coordinates, and what its rows and columns are multiplied by. */
    record Sides(Kept kept, Side left, Side right) {}

    /**
     * Nothing yet.
     *
     * @param size K
     * @param sides of each parameter that has coordinates, as {@link #sides} gives them
     * @param examples of the batch
     */
    CoordinateRows(int size, Map<String, Sides> sides, int examples) {
        this.size = size;
        this.sides = sides;
        for (int i = 0; i < examples; i++) {
            rows.add(new ArrayList<>());
        }
    }

    /** What rows are made with, to be made once. */
    static Map<String, Sides> sides(Coordinates coordinates) {
        Map<String, Sides> sides = new HashMap<>();
        for (Kept kept : coordinates.blocks()) {
            if (kept.size() > 0) {
                Basis basis = kept.basis();
                Side left = Side.of(basis.left(), kept.rows());
                Side right = Side.of(basis.right(), kept.columns());
                sides.put(basis.block().name(), new Sides(kept, left, right));
            }
        }
        return Map.copyOf(sides);
    }

    @Override
    public void begin(int position, int count) {
        first = position;
        current = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            current.add(new double[size]);
        }
    }

    @Override
    public void factored(String parameter, INDArray x, INDArray g) {
        Sides own = sides.get(parameter);
        if (own == null) {
            return;
        }
        double[] xs = own.left.of(Matrices.rows(x));
        double[] gs = own.right.of(Matrices.rows(g));
        int t = Math.toIntExact(x.size(1));
        int ofX = own.left.used().length;
        int ofG = own.right.used().length;
        for (int i = 0; i < current.size(); i++) {
            for (int s = i * t; s < (i + 1) * t; s++) {
                add(own, xs, s * ofX, gs, s * ofG, current.get(i));
            }
        }
    }

    private static void add(Sides own, double[] xs, int atX, double[] gs, int atG, double[] row) {
        int[] left = own.left.place();
        int[] right = own.right.place();
        int start = own.kept.first();
        for (int k = 0; k < left.length; k++) {
            row[start + k] += xs[atX + left[k]] * gs[atG + right[k]];
        }
    }

    @Override
    public void whole(String parameter, INDArray gradients) {
        Sides own = sides.get(parameter);
        if (own == null) {
            return;
        }
        int[] left = own.left.place();
        int[] right = own.right.place();
        int rowsOf = own.left.used().length;
        for (int i = 0; i < current.size(); i++) {
            // [columns, rows] of G V, transposed, then each in the left basis: [columns used, rows used]
            INDArray gradient = Matrices.of(gradients, i);
            INDArray turned = own.right.vectors() == null
                    ? gradient.transpose()
                    : own.right.vectors().transpose().mmul(gradient.transpose());
            double[] values = own.left.of(turned);
            double[] row = current.get(i);
            for (int k = 0; k < left.length; k++) {
                int column = own.right.vectors() == null ? own.right.used()[right[k]] : right[k];
                row[own.kept.first() + k] = values[column * rowsOf + left[k]];
            }
        }
    }

    @Override
    public void end() {
        for (int i = 0; i < current.size(); i++) {
            rows.get(first + i).add(current.get(i));
        }
    }

    /** Each example's rows. */
    List<List<double[]>> rows() {
        return rows;
    }
}
