package dev.fastif.hvp.autodiff;

import java.util.List;

/** A value in a {@link Graph}: what a builder's methods return and take. Immutable; belongs to the builder that made it. */
public final class Node {
    final int index;
    final Operation operation;
    final List<Node> inputs;
    final List<Parameter> parameters;
    final boolean active;

    /** Whether it depends on the batch: what does not is the same for every example. */
    final boolean ofBatch;

    Node(int index, Operation operation, List<Node> inputs, List<Parameter> parameters) {
        this.index = index;
        this.operation = operation;
        this.inputs = List.copyOf(inputs);
        this.parameters = List.copyOf(parameters);
        this.active = inputs.stream().anyMatch(node -> node.active)
                || parameters.stream().anyMatch(Parameter::trainable);
        this.ofBatch = operation instanceof Input || inputs.stream().anyMatch(node -> node.ofBatch);
    }

    @Override
    public String toString() {
        return operation.name() + "#" + index;
    }
}
