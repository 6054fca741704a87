package dev.fastif.hvp.dl4j;

import dev.fastif.hvp.autodiff.Node;
import java.util.List;
import org.deeplearning4j.nn.conf.graph.GraphVertex;

/**
 * What a vertex computes at inference, in operations of a graph.
 *
 * @param <V> the vertex's configuration
 */
@FunctionalInterface
public interface VertexRule<V extends GraphVertex> {
    /**
     * Adds the vertex.
     *
     * @param in its inputs in DL4J's order, laid out as their {@link DataKind} says
     * @return its output
     * @throws UnsupportedOperationException if the vertex has an option that the rule does not know: its message is part of the
     *     refusal of the network
     */
    Node apply(RuleScope scope, List<Node> in, V vertex);
}
