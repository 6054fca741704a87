package dev.fastif.hvp.samediff;

import dev.fastif.hvp.autodiff.Node;

/** What an operation of SameDiff computes, in operations of a graph. */
@FunctionalInterface
public interface OpRule {
    /**
     * Adds the operation. An example's value must depend on that example alone.
     *
     * @return its value
     * @throws UnsupportedOperationException if the operation has an option that the rule does not know: its message is part of the
     *     refusal of the graph
     */
    Node apply(OpCall call);
}
