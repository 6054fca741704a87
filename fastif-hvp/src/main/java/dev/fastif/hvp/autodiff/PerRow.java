package dev.fastif.hvp.autodiff;

import dev.fastif.core.internal.Check;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One element of each row [..., c], at whole numbers [...]. */
record PerRow() implements Picked.Pick {
    @Override
    public Picked.Places at(List<INDArray> inputs) {
        int columns = Math.toIntExact(inputs.get(0).size(-1));
        int[] chosen = Elements.ints(inputs.get(1));
        Check.argument(
                (long) chosen.length * columns == inputs.get(0).length(),
                "%d elements are chosen of %d rows: there must be one for each",
                chosen.length,
                inputs.get(0).length() / columns);
        int[] sources = new int[chosen.length];
        for (int row = 0; row < chosen.length; row++) {
            Check.argument(
                    chosen[row] >= 0 && chosen[row] < columns,
                    "label of row %d is %d: classes are whole numbers from 0 to %d",
                    row,
                    chosen[row],
                    columns - 1);
            sources[row] = row * columns + chosen[row];
        }
        return new Picked.Places(sources, inputs.get(1).shape().clone());
    }
}
