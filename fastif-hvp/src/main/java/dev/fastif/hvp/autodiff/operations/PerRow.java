package dev.fastif.hvp.autodiff.operations;

import dev.fastif.core.internal.Check;
import dev.fastif.hvp.autodiff.kernels.Elements;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One element of each row [..., c], at whole numbers [...]. */
record PerRow() implements Picked.Pick {
    @Override
    public Picked.Places at(List<INDArray> inputs) {
        int columns = Math.toIntExact(inputs.get(0).size(-1));
        int[] chosen = Elements.ids(inputs.get(1), columns, "a label");
        Check.argument(
                (long) chosen.length * columns == inputs.get(0).length(),
                "%d elements are chosen of %d rows: there must be one for each",
                chosen.length,
                inputs.get(0).length() / columns);
        int[] sources = new int[chosen.length];
        for (int row = 0; row < chosen.length; row++) {
            sources[row] = row * columns + chosen[row];
        }
        return new Picked.Places(sources, inputs.get(1).shape().clone());
    }
}
