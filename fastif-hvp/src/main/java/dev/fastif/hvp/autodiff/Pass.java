package dev.fastif.hvp.autodiff;

import dev.fastif.core.Batch;
import dev.fastif.core.internal.Cancellation;
import dev.fastif.hvp.autodiff.kernels.Kernels;
import dev.fastif.hvp.autodiff.kernels.Session;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One evaluation of a graph on a batch, and its derivatives along any number of directions of the parameters: values and
 * tangents on construction, adjoints and their tangents by {@link #backward}. All directions advance together, node by
 * node, so that an operation can share work among them. What a pass holds lives as long as its run of the session.
 */
final class Pass {
    final Session session;
    final Graph graph;
    final Kernels kernels;
    final Batch batch;
    final @Nullable INDArray[] values;
    final @Nullable INDArray[] adjoints;
    final @Nullable Object[] saved;
    final List<TangentPass> along;
    final boolean[] needed;
    private final ParameterViews theta;
    private final Node output;

    /**
     * Evaluates {@code output} and all that it depends on.
     *
     * @param session what it runs on
     * @param theta the parameters; their graph is the one evaluated
     * @param directions of the parameters, none if no tangents are wanted
     */
    Pass(Session session, ParameterViews theta, Batch batch, Node output, List<ParameterViews> directions) {
        this.session = session;
        this.kernels = session.kernels();
        this.graph = theta.graph();
        this.theta = theta;
        this.batch = batch;
        this.output = output;
        int size = graph.nodes().size();
        values = new INDArray[size];
        adjoints = new INDArray[size];
        saved = new Object[size];
        needed = graph.ancestorsOf(output);
        along = directions.stream()
                .map(direction -> new TangentPass(direction, size))
                .toList();
        for (Node node : graph.nodes()) {
            if (needed[node.index]) {
                Cancellation.check();
                node.operation.forward(new Frame(this, null, null, node), tangentFrames(node, List.of()));
            }
        }
    }

    /** The value of the output. */
    INDArray output() {
        return value(output);
    }

    /** The tangent of the output along a direction: zero if it depends on no trainable parameter. */
    INDArray outputTangent(int direction) {
        INDArray tangent = along.get(direction).tangents[output.index];
        return tangent == null ? kernels.zeros(output().shape()) : tangent;
    }

    /** A sum over the batch's examples as a mean over them: its adjoint over their number. */
    INDArray perExample(INDArray adjoint) {
        return kernels.scaled(adjoint, 1.0 / batch.size());
    }

    INDArray value(Node node) {
        return present(values[node.index], "value", node);
    }

    INDArray parameter(Parameter parameter) {
        INDArray trained = theta.find(parameter);
        return trained == null ? parameter.initial : trained;
    }

    /** Carries adjoints back to every active node of the way, in place of any that went before. */
    void backward(WayBack way) {
        Arrays.fill(adjoints, null);
        way.adjoints().forEach((node, adjoint) -> adjoints[node.index] = adjoint);
        for (int i = 0; i < way.tangents().size(); i++) {
            Arrays.fill(along.get(i).adjointTangents, null);
            along.get(i).adjointTangents[output.index] = way.tangents().get(i);
        }
        Sink gradient = way.gradient();
        for (int i = output.index; i >= 0; i--) {
            Node node = graph.nodes().get(i);
            if (!node.active || adjoints[i] == null || !way.part().test(node)) {
                continue;
            }
            Cancellation.check();
            Frame frame = new Frame(this, null, gradient, node);
            if (gradient != null) {
                node.operation.gradient(frame);
            }
            if (way.tangents().isEmpty()) {
                node.operation.adjoint(frame);
            } else {
                node.operation.backward(frame, tangentFrames(node, way.products()));
            }
        }
    }

    private List<Frame> tangentFrames(Node node, List<GradientSum> products) {
        if (!node.active) {
            return List.of();
        }
        return IntStream.range(0, along.size())
                .mapToObj(i -> new Frame(this, along.get(i), products.isEmpty() ? null : products.get(i), node))
                .toList();
    }

    static <T> T present(@Nullable T value, String what, Node node) {
        if (value == null) {
            throw new IllegalStateException(String.format(Locale.ROOT, "%s of %s has not been computed", what, node));
        }
        return value;
    }
}
