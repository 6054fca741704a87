package dev.fastif.hvp.autodiff;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The part of a graph behind its outputs, as a graph of its own with the outputs for parameters: by these it is differentiated
 * twice.
 */
final class LossCell {
    private final Pass outer;
    private final Graph graph;
    private final Node target;
    private final ParameterViews at;

    /** A parameter's values, as a node's. */
    private record Given() implements SimpleOperation {
        @Override
        public INDArray value(Frame f) {
            return f.parameter(0);
        }

        @Override
        public INDArray tangent(Frame f) {
            return f.require(f.parameterTangent(0));
        }

        @Override
        public void adjoint(Frame f) {}

        @Override
        public void gradient(Frame f) {
            f.sink(0).addi(f.adjoint());
        }

        @Override
        public void adjointTangent(Frame f) {
            f.sink(0).addi(f.adjointTangent());
        }
    }

    /**
     * Cuts a pass.
     *
     * @param outputs where the loss begins
     * @param ofLoss the nodes behind them
     */
    LossCell(Pass outer, Node target, List<Node> outputs, Predicate<Node> ofLoss) {
        this.outer = outer;
        Graph.Builder builder = Graph.builder(outer.graph.layout().dataType());
        Map<Node, Node> copies = new HashMap<>();
        for (Node output : outputs) {
            INDArray value = outer.value(output);
            copies.put(
                    output, builder.apply(new Given(), List.of(), builder.trainable("output#" + output.index, value)));
        }
        for (Node node : outer.graph.nodes()) {
            if (ofLoss.test(node)) {
                copies.put(node, copy(node, builder, copies));
            }
        }
        this.target = Pass.present(copies.get(target), "the copy", target);
        this.graph = builder.build();
        this.at = ParameterViews.of(
                graph,
                graph.parameters().stream()
                        .map(parameter -> parameter.trainable() ? parameter.initial : null)
                        .toArray(INDArray[]::new));
    }

    private Node copy(Node node, Graph.Builder builder, Map<Node, Node> copies) {
        List<Node> inputs = new ArrayList<>();
        for (Node input : node.inputs) {
            inputs.add(copies.computeIfAbsent(
                    input,
                    constant -> builder.apply(
                            new Given(),
                            List.of(),
                            builder.frozen("constant#" + constant.index, outer.value(constant)))));
        }
        List<Parameter> parameters = new ArrayList<>();
        for (Parameter parameter : node.parameters) {
            String name = parameter.name() + "#" + node.index + "." + parameters.size();
            parameters.add(builder.frozen(name, outer.parameter(parameter)));
        }
        return builder.apply(node.operation, inputs, parameters.toArray(Parameter[]::new));
    }

    /** What the slopes of the outputs change by along tangents of them: for each list of tangents an array for each output. */
    List<List<INDArray>> products(List<List<INDArray>> tangents) {
        List<ParameterViews> directions = tangents.stream().map(this::views).toList();
        Pass pass = new Pass(outer.session, at, outer.batch, target, directions);
        List<ParameterViews> products = tangents.stream()
                .map(each ->
                        views(each.stream().map(one -> one.ulike().assign(0)).toList()))
                .toList();
        INDArray slopes = pass.output().ulike().assign(1);
        List<INDArray> still = tangents.stream().map(each -> slopes.mul(0)).toList();
        pass.backward(WayBack.to(products.stream().map(GradientSum::of).toList(), target, slopes, still));
        return products.stream().map(ParameterViews::arrays).toList();
    }

    private ParameterViews views(List<INDArray> ofOutputs) {
        @Nullable INDArray[] arrays = new INDArray[graph.parameters().size()];
        int next = 0;
        for (Parameter parameter : graph.parameters()) {
            if (parameter.trainable()) {
                arrays[parameter.index] = ofOutputs.get(next++);
            }
        }
        return ParameterViews.of(graph, arrays);
    }
}
