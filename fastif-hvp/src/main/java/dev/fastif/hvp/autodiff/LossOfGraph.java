package dev.fastif.hvp.autodiff;

import dev.fastif.core.Loss;
import java.util.Arrays;
import java.util.Set;
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
        return new InGraph();
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

    /** J^T H J: the tangents of adjoints in the loss alone, carried back by the adjoints of the rest. */
    @Override
    public void addGaussNewton(Pass pass, TangentPass tangents, ParameterViews product) {
        pass.backward(slopes(pass).div(pass.batch.size()), null);
        boolean[] ofLoss = nodesOfLoss(pass);
        tangents.adjointTangents[target.index] = pass.output().mul(0);
        for (int i = target.index; i >= 0; i--) {
            Node node = pass.graph.nodes().get(i);
            if (ofLoss[i] && node.active && tangents.adjointTangents[i] != null) {
                node.operation.adjointTangent(new Frame(pass, tangents, product, node));
            }
        }
        Arrays.fill(pass.adjoints, null);
        outputs.forEach(output -> pass.adjoints[output.index] = tangents.adjointTangents[output.index]);
        for (int i = target.index; i >= 0; i--) {
            Node node = pass.graph.nodes().get(i);
            if (!ofLoss[i] && node.active && pass.adjoints[i] != null) {
                Frame frame = new Frame(pass, null, product, node);
                node.operation.gradient(frame);
                node.operation.adjoint(frame);
            }
        }
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

    /** What such a model answers when it is asked for its loss: only the model can evaluate it. */
    private record InGraph() implements Loss {
        private static final String REMEDY =
                "this loss is part of the model's graph, with its masks and weights: ask the model for losses(batch), gradient(batch) or a Hessian-vector product";

        @Override
        public INDArray values(INDArray outputs, @Nullable INDArray labels) {
            throw new UnsupportedOperationException(REMEDY);
        }

        @Override
        public INDArray gradient(INDArray outputs, @Nullable INDArray labels) {
            throw new UnsupportedOperationException(REMEDY);
        }

        @Override
        public INDArray hessianVectorProduct(INDArray outputs, @Nullable INDArray labels, INDArray tangent) {
            throw new UnsupportedOperationException(REMEDY);
        }

        @Override
        public String toString() {
            return "a loss of the graph";
        }
    }
}
