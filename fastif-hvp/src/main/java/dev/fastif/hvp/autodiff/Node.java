package dev.fastif.hvp.autodiff;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A value in a {@link Graph}: what a builder's methods return and take. Immutable; belongs to the builder that made it. */
public final class Node {
    private final Graph.@Nullable Builder builder;
    final int index;
    final Operation operation;
    final List<Node> inputs;
    final List<Parameter> parameters;
    final boolean active;

    /** Whether it depends on the batch: what does not is the same for every example. */
    final boolean ofBatch;

    /**
     * A node.
     *
     * @param builder what more can be added to; null for a copy in a graph that is built
     */
    Node(
            Graph.@Nullable Builder builder,
            int index,
            Operation operation,
            List<Node> inputs,
            List<Parameter> parameters) {
        this.builder = builder;
        this.index = index;
        this.operation = operation;
        this.inputs = List.copyOf(inputs);
        this.parameters = List.copyOf(parameters);
        this.active = inputs.stream().anyMatch(node -> node.active)
                || parameters.stream().anyMatch(Parameter::trainable);
        this.ofBatch = operation instanceof Input || inputs.stream().anyMatch(node -> node.ofBatch);
    }

    /** Where operations on this node are added. */
    public Graph.Builder builder() {
        if (builder == null) {
            throw new IllegalStateException(this + " is of a graph that has been built: nothing can be added to it");
        }
        return builder;
    }

    @Override
    public String toString() {
        return operation.name() + "#" + index;
    }
}
