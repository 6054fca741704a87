package dev.fastif.hvp.index;

import dev.fastif.core.GradientSink;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Sums over examples of the squares of their gradients' coordinates: what corrects the eigenvalues (George et al. 2018). */
final class SquaredCoordinates implements GradientSink {
    private final Map<String, Part> parts = new HashMap<>();

    /** A block's bases and sums. */
    private record Part(Basis basis, INDArray sum) {}

    SquaredCoordinates(List<Basis> all, DataType type) {
        for (Basis basis : all) {
            Block block = basis.block();
            parts.put(block.name(), new Part(basis, Matrices.zeros(type, block.rows(), block.columns())));
        }
    }

    private Part part(String parameter) {
        return Objects.requireNonNull(parts.get(parameter), parameter);
    }

    @Override
    public void begin(int first, int count) {}

    @Override
    public void factored(String parameter, INDArray x, INDArray g) {
        Basis basis = part(parameter).basis;
        INDArray xs = basis.timesLeft(Matrices.rows(x));
        INDArray gs = basis.timesRight(Matrices.rows(g));
        INDArray sum = part(parameter).sum;
        long n = x.size(0);
        long t = x.size(1);
        if (t == 1) {
            sum.addi(xs.mul(xs).transpose().mmul(gs.mul(gs)));
            return;
        }
        INDArray byX = xs.dup('c').reshape('c', n, t, xs.size(1));
        INDArray byG = gs.dup('c').reshape('c', n, t, gs.size(1));
        for (int i = 0; i < n; i++) {
            addSquares(sum, Matrices.of(byX, i).transpose().mmul(Matrices.of(byG, i)));
        }
    }

    @Override
    public void whole(String parameter, INDArray gradients) {
        for (int i = 0; i < gradients.size(0); i++) {
            addSquares(
                    part(parameter).sum,
                    part(parameter).basis.coordinates(Matrices.of(gradients, i)).dup());
        }
    }

    private static void addSquares(INDArray sum, INDArray coordinates) {
        sum.addi(coordinates.muli(coordinates));
    }

    @Override
    public void end() {}

    /** The sums of a block, row by row. */
    double[] of(Block block) {
        return Matrices.elements(part(block.name()).sum);
    }

    /** Frees the sums. */
    void close() {
        parts.values().forEach(part -> part.sum.close());
    }
}
