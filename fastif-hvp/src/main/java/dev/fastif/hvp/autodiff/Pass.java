package dev.fastif.hvp.autodiff;

import dev.fastif.core.Batch;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One evaluation of a graph on a batch: values on construction, adjoints by {@link #backward}. Everything it holds lives
 * in the workspace that is open on the thread.
 */
final class Pass {
    final Graph graph;
    final Kernels kernels;
    final Batch batch;
    final @Nullable INDArray[] values;
    final @Nullable INDArray[] adjoints;
    final @Nullable Object[] saved;
    final boolean[] needed;
    private final ParameterViews theta;
    private final Node output;

    /** Evaluates {@code output} and all that it depends on. */
    Pass(Graph graph, ParameterViews theta, Kernels kernels, Batch batch, Node output) {
        this.graph = graph;
        this.theta = theta;
        this.kernels = kernels;
        this.batch = batch;
        this.output = output;
        int size = graph.nodes().size();
        values = new INDArray[size];
        adjoints = new INDArray[size];
        saved = new Object[size];
        needed = graph.ancestorsOf(output);
        for (Node node : graph.nodes()) {
            if (needed[node.index]) {
                values[node.index] = node.operation.value(new Frame(this, null, null, node));
            }
        }
    }

    /** The value of the output. */
    INDArray output() {
        return value(output);
    }

    INDArray value(Node node) {
        return present(values[node.index], "value", node);
    }

    INDArray parameter(Parameter parameter) {
        INDArray trained = theta.find(parameter);
        return trained == null ? parameter.initial : trained;
    }

    /**
     * Carries the adjoint of the output back to every active node, in place of any that went before.
     *
     * @param gradient receives the gradients of the trainable parameters, or null if they are not wanted
     */
    void backward(INDArray outputAdjoint, @Nullable ParameterViews gradient) {
        Arrays.fill(adjoints, null);
        adjoints[output.index] = outputAdjoint;
        for (int i = output.index; i >= 0; i--) {
            Node node = graph.nodes().get(i);
            if (needed[i] && node.active && adjoints[i] != null) {
                Frame frame = new Frame(this, null, gradient, node);
                if (gradient != null) {
                    node.operation.gradient(frame);
                }
                node.operation.adjoint(frame);
            }
        }
    }

    static <T> T present(@Nullable T value, String what, Node node) {
        if (value == null) {
            throw new IllegalStateException(String.format("%s of %s has not been computed", what, node));
        }
        return value;
    }
}
