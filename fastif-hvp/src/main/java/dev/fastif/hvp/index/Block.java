package dev.fastif.hvp.index;

import dev.fastif.core.ParameterLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * A parameter as a matrix [rows, columns], as a {@code GradientSink} is told of it.
 *
 * @param name the parameter's
 */
record Block(String name, int rows, int columns) {
    /** A side that is wider has no basis of its own: its matrix would be too large. Rows of an embedding, for example. */
    private static final int WIDEST = 4096;

    /** The parameters of a model. */
    static List<Block> of(ParameterLayout layout) {
        List<Block> blocks = new ArrayList<>();
        for (String name : layout.names()) {
            List<Long> shape = layout.shape(name);
            long length = shape.stream().reduce(1L, Math::multiplyExact);
            long rows = shape.size() < 2 ? 1 : shape.get(0);
            blocks.add(new Block(name, Math.toIntExact(rows), Math.toIntExact(length / rows)));
        }
        return List.copyOf(blocks);
    }

    /** Whether its rows are rotated: those of a matrix that is not too tall. */
    boolean hasLeft() {
        return rows > 1 && rows <= WIDEST;
    }

    /** Whether its columns are rotated. */
    boolean hasRight() {
        return rows > 1 && columns > 1 && columns <= WIDEST;
    }

    int size() {
        return rows * columns;
    }
}
