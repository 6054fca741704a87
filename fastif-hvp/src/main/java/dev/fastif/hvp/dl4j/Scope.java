package dev.fastif.hvp.dl4j;

import dev.fastif.hvp.autodiff.Graph;
import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.Parameter;
import dev.fastif.hvp.autodiff.Tensors;
import java.util.Map;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Where a layer is translated: the graph's vocabulary, and the layer's own parameters.
 *
 * @param builder the graph
 * @param ops its general operations
 * @param prefix what DL4J puts before the names of the layer's parameters
 * @param parameters the network's parameters, by DL4J's names
 * @param initial their values
 * @param inputs the network's inputs
 */
record Scope(
        Graph.Builder builder,
        Tensors ops,
        String prefix,
        Map<String, Parameter> parameters,
        Map<String, INDArray> initial,
        Inputs inputs) {
    /** The scope of a layer inside of this one, whose parameters' names begin so. */
    Scope inner(String begin) {
        return new Scope(builder, ops, prefix + begin, parameters, initial, inputs);
    }

    /** A parameter of the layer. */
    Parameter parameter(String key) {
        return present(parameters.get(prefix + key), key);
    }

    /** A parameter of the layer as a value. */
    Node value(String key) {
        return ops.value(parameter(key));
    }

    /** What a parameter of the layer starts from. */
    INDArray initial(String key) {
        return present(initial.get(prefix + key), key);
    }

    private <T> T present(@Nullable T found, String key) {
        if (found == null) {
            throw new IllegalStateException("the network has no parameter " + prefix + key);
        }
        return found;
    }

    boolean has(String key) {
        return parameters.containsKey(prefix + key);
    }

    /** Numbers that are not trained. */
    Node constant(String name, INDArray value) {
        return ops.value(builder.frozen(prefix + name, value.dup('c')));
    }

    Node activation(IActivation function, Node x) {
        return Activations.apply(ops, function, x);
    }

    /** What DL4J does to the masked steps of a sequence: it makes them zero. */
    Flow masked(Flow flow) {
        Node mask = flow.mask();
        return mask == null ? flow : flow.with(ops.multiply(flow.node(), mask));
    }

    /** The mask [n, t, 1] of an input of the network that turns out to be a sequence. */
    Node maskOf(Node given, RNNFormat format) {
        return inputs.maskOf(builder, given, format);
    }
}
