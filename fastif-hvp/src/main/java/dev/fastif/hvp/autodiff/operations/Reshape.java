package dev.fastif.hvp.autodiff.operations;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The same elements in another shape: {@code -1} is what is left over, {@code 0} the input's own size there. */
record Reshape(List<Long> shape) implements LinearMap {
    @Override
    public Plan at(List<INDArray> inputs) {
        INDArray given = inputs.get(0);
        long[] from = given.shape().clone();
        long[] to = new long[shape.size()];
        long known = 1;
        for (int i = 0; i < to.length; i++) {
            to[i] = shape.get(i) == 0 ? from[i] : shape.get(i);
            known *= to[i] == -1 ? 1 : to[i];
        }
        for (int i = 0; i < to.length; i++) {
            to[i] = to[i] == -1 ? given.length() / known : to[i];
        }
        return Plan.of(x -> x.reshape('c', to), g -> g.reshape('c', from));
    }
}
