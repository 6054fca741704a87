package dev.fastif.hvp.dl4j;

import dev.fastif.hvp.autodiff.Graph;
import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.Parameter;
import dev.fastif.hvp.autodiff.operations.Tensors;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Where a rule of a user's own adds what its layer or vertex computes. Not thread-safe. */
public interface RuleScope {
    /** The network's graph, to which operations are added. */
    Graph.Builder graph();

    /** General operations of that graph. */
    Tensors ops();

    /**
     * A parameter of the layer, in DL4J's shape, but for biases: a "b" of shape [1, c] is [c].
     *
     * @param key DL4J's name of it, such as "W"
     * @throws IllegalStateException if there is none
     */
    Parameter parameter(String key);

    /** A parameter of the layer as a value. */
    Node value(String key);

    /** Numbers that are not trained, under a name that the layer has for nothing else. */
    Node constant(String name, INDArray value);
}
