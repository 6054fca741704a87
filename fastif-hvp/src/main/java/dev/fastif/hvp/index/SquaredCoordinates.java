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

    /**
     * A block's bases and sums.
     *
     * @param product of an example, used again and again
     */
    private record Part(Basis basis, INDArray sum, INDArray product) {
        void addSquares() {
            product.muli(product);
            sum.addi(product);
        }
    }

    SquaredCoordinates(List<Basis> all, DataType type) {
        for (Basis basis : all) {
            Block block = basis.block();
            parts.put(
                    block.name(),
                    new Part(
                            basis,
                            Matrices.zeros(type, block.rows(), block.columns()),
                            Matrices.zeros(type, block.rows(), block.columns())));
        }
    }

    private Part part(String parameter) {
        return Objects.requireNonNull(parts.get(parameter), parameter);
    }

    @Override
    public void begin(int first, int count) {}

    @Override
    public void factored(String parameter, INDArray x, INDArray g) {
        Part part = part(parameter);
        INDArray xs = part.basis.timesLeft(Matrices.rows(x));
        INDArray gs = part.basis.timesRight(Matrices.rows(g));
        long n = x.size(0);
        long t = x.size(1);
        if (t == 1) {
            Matrices.setProduct(part.sum, 1, xs.mul(xs), gs.mul(gs));
            return;
        }
        INDArray byX = xs.dup('c').reshape('c', n, t, xs.size(1));
        INDArray byG = gs.dup('c').reshape('c', n, t, gs.size(1));
        for (int i = 0; i < n; i++) {
            Matrices.setProduct(part.product, 0, Matrices.of(byX, i), Matrices.of(byG, i));
            part.addSquares();
        }
    }

    @Override
    public void whole(String parameter, INDArray gradients) {
        Part part = part(parameter);
        for (int i = 0; i < gradients.size(0); i++) {
            part.product.assign(part.basis.coordinates(Matrices.of(gradients, i)));
            part.addSquares();
        }
    }

    @Override
    public void end() {}

    /** The sums of a block, row by row. */
    double[] of(Block block) {
        return Matrices.elements(part(block.name()).sum);
    }

    /** Frees the sums. */
    void close() {
        parts.values().forEach(part -> {
            part.sum.close();
            part.product.close();
        });
    }
}
