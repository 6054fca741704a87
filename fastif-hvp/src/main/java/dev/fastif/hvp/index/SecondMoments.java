package dev.fastif.hvp.index;

import dev.fastif.core.GradientSink;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Sums of {@code G G^T} and {@code G^T G} over examples' gradients G [a, b] by each matrix. Of a gradient that is a sum of outer
 * products, {@code G = X^T Y}, neither is formed by way of G: {@code G G^T = X^T (Y Y^T) X}.
 */
final class SecondMoments implements GradientSink {
    private final Map<String, Block> blocks = new HashMap<>();
    private final Map<String, INDArray> left = new HashMap<>();
    private final Map<String, INDArray> right = new HashMap<>();

    SecondMoments(List<Block> all, DataType type) {
        for (Block block : all) {
            blocks.put(block.name(), block);
            if (block.hasLeft()) {
                left.put(block.name(), Matrices.zeros(type, block.rows(), block.rows()));
            }
            if (block.hasRight()) {
                right.put(block.name(), Matrices.zeros(type, block.columns(), block.columns()));
            }
        }
    }

    @Override
    public void begin(int first, int count) {}

    @Override
    public void factored(String parameter, INDArray x, INDArray g) {
        INDArray ofRows = left.get(parameter);
        if (ofRows != null) {
            addOuter(ofRows, x, g);
        }
        INDArray ofColumns = right.get(parameter);
        if (ofColumns != null) {
            addOuter(ofColumns, g, x);
        }
    }

    /** Adds {@code x^T (y y^T) x} of each example. */
    private static void addOuter(INDArray sum, INDArray x, INDArray y) {
        INDArray mixed = x.ulike();
        for (int i = 0; i < x.size(0); i++) {
            INDArray own = Matrices.of(y, i);
            Matrices.of(mixed, i).assign(own.mmul(own.transpose()).mmul(Matrices.of(x, i)));
        }
        Matrices.setProduct(sum, 1, Matrices.rows(x), Matrices.rows(mixed));
    }

    @Override
    public void whole(String parameter, INDArray gradients) {
        for (int i = 0; i < gradients.size(0); i++) {
            INDArray gradient = Matrices.of(gradients, i);
            INDArray ofRows = left.get(parameter);
            if (ofRows != null) {
                INDArray turned = gradient.transpose().dup('c');
                Matrices.setProduct(ofRows, 1, turned, turned);
            }
            INDArray ofColumns = right.get(parameter);
            if (ofColumns != null) {
                Matrices.setProduct(ofColumns, 1, gradient, gradient);
            }
        }
    }

    @Override
    public void end() {}

    /** The sum of {@code G G^T}, row by row; null if the parameter's rows are not rotated. */
    double @Nullable [] left(Block block) {
        INDArray sum = left.get(block.name());
        return sum == null ? null : Matrices.elements(sum);
    }

    /** The sum of {@code G^T G}, row by row; null if the parameter's columns are not rotated. */
    double @Nullable [] right(Block block) {
        INDArray sum = right.get(block.name());
        return sum == null ? null : Matrices.elements(sum);
    }

    /** Frees the sums. */
    void close() {
        left.values().forEach(INDArray::close);
        right.values().forEach(INDArray::close);
    }
}
