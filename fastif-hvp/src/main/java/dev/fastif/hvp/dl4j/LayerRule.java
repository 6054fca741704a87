package dev.fastif.hvp.dl4j;

import dev.fastif.hvp.autodiff.Node;
import org.deeplearning4j.nn.conf.layers.Layer;

/**
 * What a layer computes at inference, in operations of a graph.
 *
 * @param <L> the layer's configuration
 */
@FunctionalInterface
public interface LayerRule<L extends Layer> {
    /**
     * Adds the layer.
     *
     * @param in its input, laid out as its {@link DataKind} says
     * @return its output
     * @throws UnsupportedOperationException if the layer has an option that the rule does not know: its message is part of the
     *     refusal of the network
     */
    Node apply(RuleScope scope, Node in, L layer);
}
