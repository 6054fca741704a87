package dev.fastif.hvp.autodiff;

import dev.fastif.core.ParameterLayout;
import dev.fastif.core.internal.Check;
import dev.fastif.hvp.autodiff.kernels.Elements;
import dev.fastif.hvp.autodiff.kernels.Sessions;
import dev.fastif.hvp.internal.AlignedVector;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A differentiable computation: operations in the order in which they were added, each on values that precede it. What
 * depends on no trainable parameter is <em>frozen</em>: it is evaluated, but carries neither tangents nor adjoints.
 *
 * <p>Immutable and thread-safe. Sequences are [n, t, h]: n examples, t tokens, h hidden units.
 */
public final class Graph {
    private final Sessions sessions;
    private final List<Node> nodes;
    private final List<Parameter> parameters;
    private final ParameterLayout layout;
    private final int[] uses;

    private Graph(List<Node> nodes, List<Parameter> parameters, DataType dataType) {
        this.nodes = List.copyOf(nodes);
        this.parameters = List.copyOf(parameters);
        Map<String, long[]> shapes = new LinkedHashMap<>();
        for (Parameter parameter : parameters) {
            if (parameter.trainable()) {
                shapes.put(parameter.name(), parameter.initial.shape());
            }
        }
        this.layout = ParameterLayout.of(shapes, dataType);
        this.sessions = new Sessions(dataType);
        this.uses = new int[parameters.size()];
        nodes.forEach(node -> node.parameters.forEach(parameter -> uses[parameter.index]++));
    }

    /**
     * Starts a graph.
     *
     * @param dataType FLOAT or DOUBLE, of every parameter and value
     */
    public static Builder builder(DataType dataType) {
        return new Builder(dataType);
    }

    /** Names, shapes and order of the trainable parameters: the order in which they were added. */
    public ParameterLayout layout() {
        return layout;
    }

    List<Node> nodes() {
        return nodes;
    }

    List<Parameter> parameters() {
        return parameters;
    }

    /** What its passes run on. */
    Sessions sessions() {
        return sessions;
    }

    /** Whether a parameter belongs to one node only. */
    boolean isUsedOnce(Parameter parameter) {
        return uses[parameter.index] == 1;
    }

    /** Whether batches carry an array of this name. */
    boolean hasInput(String name) {
        return nodes.stream()
                .anyMatch(node ->
                        node.operation instanceof Input input && input.array().equals(name));
    }

    /** The initial values of the trainable parameters, [p]. */
    INDArray initialTheta() {
        INDArray theta = AlignedVector.of(layout.dataType(), layout.size()).vector();
        for (Parameter parameter : parameters) {
            if (parameter.trainable()) {
                layout.view(theta, parameter.name()).assign(parameter.initial);
            }
        }
        return theta;
    }

    /** The names of the arrays of a batch that {@code target} depends on. */
    List<String> arraysFor(Node target) {
        return nodesFor(target)
                .filter(node -> node.operation instanceof Input)
                .map(node -> ((Input) node.operation).array())
                .toList();
    }

    private Stream<Node> nodesFor(Node target) {
        boolean[] ancestors = ancestorsOf(target);
        return nodes.stream().filter(node -> ancestors[node.index]);
    }

    /** For each node whether {@code target} depends on it. */
    boolean[] ancestorsOf(Node target) {
        boolean[] ancestors = new boolean[nodes.size()];
        ancestors[target.index] = true;
        for (int i = target.index; i >= 0; i--) {
            if (ancestors[i]) {
                nodes.get(i).inputs.forEach(input -> ancestors[input.index] = true);
            }
        }
        return ancestors;
    }

    /**
     * The values where the frozen part ends: frozen nodes, other than inputs of the batch, that are targets themselves or
     * that active nodes take as inputs. In the order of the graph. What does not depend on the batch is left out: it is no
     * value of each example.
     */
    List<Node> frontier(List<Node> targets) {
        Set<Node> ends = new HashSet<>();
        for (Node target : targets) {
            boolean[] ancestors = ancestorsOf(target);
            ends.add(target);
            nodes.stream()
                    .filter(node -> ancestors[node.index] && node.active)
                    .forEach(node -> ends.addAll(node.inputs));
        }
        return nodes.stream()
                .filter(node ->
                        ends.contains(node) && !node.active && node.ofBatch && !(node.operation instanceof Input))
                .toList();
    }

    /** A graph made of another, and where the nodes of that have gone. */
    record Remainder(Graph graph, Map<Node, Node> copies) {}

    /** Replaces the nodes of the frontier, given with their names, by inputs; keeps what active nodes still need. */
    Remainder without(Map<Node, String> frontier) {
        Map<Node, Node> copies = new HashMap<>();
        List<Node> kept = new ArrayList<>();
        for (Node node : nodes) {
            String name = frontier.get(node);
            Node copy = null;
            if (name != null) {
                copy = new Node(null, kept.size(), new Input(name, layout.dataType()), List.of(), List.of());
            } else if (node.active || !node.ofBatch || node.operation instanceof Input) {
                List<Node> inputs = node.inputs.stream().map(copies::get).toList();
                copy = new Node(null, kept.size(), node.operation, inputs, node.parameters);
            }
            if (copy != null) {
                kept.add(copy);
                copies.put(node, copy);
            }
        }
        return new Remainder(new Graph(kept, parameters, layout.dataType()), copies);
    }

    /** This graph with parameters of its own: those trained are of the values {@code theta}, as are those now frozen. */
    Remainder retrained(ParameterViews theta, Predicate<String> trained) {
        Map<Parameter, Parameter> own = new HashMap<>();
        List<Parameter> copied = new ArrayList<>();
        for (Parameter old : parameters) {
            INDArray value = theta.find(old);
            boolean trainable = old.trainable() && trained.test(old.name());
            Parameter copy =
                    new Parameter(old.index, old.name(), (value == null ? old.initial : value).dup('c'), trainable);
            own.put(old, copy);
            copied.add(copy);
        }
        Map<Node, Node> copies = new LinkedHashMap<>();
        for (Node node : nodes) {
            List<Node> inputs = node.inputs.stream().map(copies::get).toList();
            List<Parameter> used = node.parameters.stream().map(own::get).toList();
            copies.put(node, new Node(null, node.index, node.operation, inputs, used));
        }
        Graph graph = new Graph(List.copyOf(copies.values()), copied, layout.dataType());
        return new Remainder(graph, copies);
    }

    /** Builds a graph; nodes and parameters of one builder must not be used with another. Not thread-safe. */
    public static final class Builder {
        private final List<Node> nodes = new ArrayList<>();
        private final List<Parameter> parameters = new ArrayList<>();
        private final Map<String, Node> inputs = new HashMap<>();
        private final Set<String> names = new HashSet<>();
        private final DataType dataType;
        private boolean built;

        private Builder(DataType dataType) {
            this.dataType = dataType;
        }

        /** The array that batches carry under this name. Asking twice for the same name gives the same node. */
        public Node input(String name) {
            return inputs.computeIfAbsent(name, key -> apply(new Input(key, dataType), List.of()));
        }

        /** A parameter that is trained: part of theta. {@code value} is what training starts from; it is copied. */
        public Parameter trainable(String name, INDArray value) {
            return parameter(name, value, true);
        }

        /** A parameter that stays as it is. {@code value} is kept, not copied, if its type and order fit. */
        public Parameter frozen(String name, INDArray value) {
            return parameter(name, value, false);
        }

        private Parameter parameter(String name, INDArray value, boolean trainable) {
            requireOpen("parameter '" + name + "'");
            Check.argument(names.add(name), "parameter '%s' exists already: names are unique", name);
            INDArray typed = Elements.dense(value.castTo(dataType));
            INDArray kept = typed.isAttached() ? typed.detach() : typed; // a caller's workspace ends before the graph
            Parameter parameter = new Parameter(parameters.size(), name, kept, trainable);
            parameters.add(parameter);
            return parameter;
        }

        /**
         * Returns the graph. Nothing can be added to it afterwards.
         *
         * @throws IllegalArgumentException if it has no trainable parameter
         */
        public Graph build() {
            built = true;
            return new Graph(nodes, parameters, dataType);
        }

        private void requireOpen(String what) {
            if (built) {
                throw new IllegalStateException(
                        what + " is added to a graph that has been built: add it before build()");
            }
        }

        /** FLOAT or DOUBLE, of every parameter and value. */
        public DataType dataType() {
            return dataType;
        }

        /**
         * Adds an operation: how every node is made. {@link dev.fastif.hvp.autodiff.operations.Layers} and {@link
         * dev.fastif.hvp.autodiff.operations.Tensors} have those that are there.
         *
         * @param inputs nodes of this builder
         * @param used parameters of this builder
         * @throws IllegalArgumentException if an input or a parameter is of another
         * @throws IllegalStateException after {@link #build}
         */
        public Node apply(Operation operation, List<Node> inputs, Parameter... used) {
            requireOpen("operation " + operation.name());
            for (Node input : inputs) {
                Check.argument(
                        input.index < nodes.size() && nodes.get(input.index) == input,
                        "%s belongs to another graph",
                        input);
            }
            for (Parameter parameter : used) {
                Check.argument(
                        parameter.index < parameters.size() && parameters.get(parameter.index) == parameter,
                        "parameter '%s' belongs to another graph",
                        parameter);
            }
            Node node = new Node(this, nodes.size(), operation, inputs, List.of(used));
            nodes.add(node);
            return node;
        }
    }
}
