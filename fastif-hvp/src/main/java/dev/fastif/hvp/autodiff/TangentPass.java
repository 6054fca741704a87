package dev.fastif.hvp.autodiff;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The derivative of a {@link Pass} along one direction of the parameters: tangents on construction, tangents of the
 * adjoints by {@link #backward}. Several of them can share one pass.
 */
final class TangentPass {
    final Pass pass;
    final @Nullable INDArray[] tangents;
    final @Nullable INDArray[] adjointTangents;
    final @Nullable Object[] saved;
    private final ParameterViews direction;
    private final Node output;

    TangentPass(Pass pass, ParameterViews direction, Node output) {
        this.pass = pass;
        this.direction = direction;
        this.output = output;
        int size = pass.values.length;
        tangents = new INDArray[size];
        adjointTangents = new INDArray[size];
        saved = new Object[size];
        for (Node node : pass.graph.nodes()) {
            if (pass.needed[node.index] && node.active) {
                tangents[node.index] = node.operation.tangent(new Frame(pass, this, null, node));
            }
        }
    }

    /** The tangent of the output: zero if that depends on no trainable parameter. */
    INDArray output() {
        INDArray tangent = tangents[output.index];
        return tangent == null ? pass.output().ulike().assign(0) : tangent;
    }

    @Nullable
    INDArray direction(Parameter parameter) {
        return direction.find(parameter);
    }

    /** Adds the Hessian-vector product to {@code product}; the pass must have gone backward. */
    void backward(INDArray outputAdjointTangent, ParameterViews product) {
        adjointTangents[output.index] = outputAdjointTangent;
        for (int i = output.index; i >= 0; i--) {
            Node node = pass.graph.nodes().get(i);
            if (node.active && adjointTangents[i] != null) {
                node.operation.adjointTangent(new Frame(pass, this, product, node));
            }
        }
    }
}
