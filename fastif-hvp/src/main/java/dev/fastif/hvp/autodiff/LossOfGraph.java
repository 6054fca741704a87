package dev.fastif.hvp.autodiff;

import dev.fastif.core.Loss;
import dev.fastif.hvp.autodiff.kernels.Shapes;
import dev.fastif.hvp.internal.LossOfModel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A loss that is part of the graph: labels and masks are inputs of the batch, and {@code target} is the loss of each example.
 *
 * @param target the losses, [n]
 * @param outputs the values at which the loss begins: every way from a trainable parameter to the losses leads through one
 */
record LossOfGraph(Node target, Set<Node> outputs) implements Objective {
    @Override
    public Loss loss() {
        return new LossOfModel("the loss of the graph");
    }

    @Override
    public INDArray losses(Pass pass) {
        return pass.output();
    }

    @Override
    public INDArray slopes(Pass pass) {
        return pass.output().ulike().assign(1);
    }

    @Override
    public INDArray curvature(Pass pass, INDArray tangent) {
        return tangent.mul(0);
    }

    // Measurements take rows; where the loss is one of the outputs these are rows already.
    @Override
    public INDArray measured(Pass pass) {
        return Shapes.ofExamples(pass.output(), pass.batch.size());
    }

    @Override
    public Objective moved(UnaryOperator<Node> copies) {
        return new LossOfGraph(
                copies.apply(target), outputs.stream().map(copies).collect(Collectors.toSet()));
    }

    /** J^T H J: the tangents of adjoints in the loss alone, carried back by the adjoints of the rest. */
    @Override
    public void addGaussNewton(Pass pass, List<GradientSum> products) {
        boolean[] ofLoss = nodesOfLoss(pass);
        INDArray slopes = pass.perExample(slopes(pass));
        List<INDArray> still = products.stream().map(product -> slopes.mul(0)).toList();
        pass.backward(WayBack.to(products, target, slopes, still).through(node -> ofLoss[node.index]));
        for (int i = 0; i < products.size(); i++) {
            @Nullable INDArray[] adjoints = pass.along.get(i).adjointTangents;
            Map<Node, INDArray> from = new LinkedHashMap<>();
            for (Node output : outputs) {
                INDArray adjoint = adjoints[output.index];
                if (adjoint != null) {
                    from.put(output, adjoint);
                }
            }
            pass.backward(WayBack.to(products.get(i), from).through(node -> !ofLoss[node.index]));
        }
    }

    @Override
    public List<Map<Node, INDArray>> curvatureSlopes(Pass pass, int most, long... seeds) {
        boolean[] ofLoss = nodesOfLoss(pass);
        List<Node> used = pass.graph.nodes().stream()
                .filter(node -> outputs.contains(node) && node.active && pass.needed[node.index])
                .toList();
        LossCell cell = new LossCell(pass, target, used, node -> ofLoss[node.index]);
        List<INDArray> values = used.stream().map(pass::value).toList();
        return OutputHessians.of(values, pass.batch.size(), cell::products).slopes(most, seeds).stream()
                .map(slopes -> {
                    Map<Node, INDArray> from = new LinkedHashMap<>();
                    for (int i = 0; i < used.size(); i++) {
                        from.put(used.get(i), slopes.get(i));
                    }
                    return from;
                })
                .toList();
    }

    /** For each node whether it lies behind an output, on the way to the losses. */
    private boolean[] nodesOfLoss(Pass pass) {
        boolean[] ofLoss = new boolean[pass.needed.length];
        for (Node node : pass.graph.nodes()) {
            ofLoss[node.index] = pass.needed[node.index]
                    && !outputs.contains(node)
                    && node.inputs.stream().anyMatch(input -> ofLoss[input.index] || outputs.contains(input));
        }
        return ofLoss;
    }
}
