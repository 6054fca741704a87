package dev.fastif.hvp.autodiff;

import dev.fastif.core.ParameterLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A flat vector [p] seen as the trainable parameters of a graph; nothing is copied. */
final class ParameterViews {
    private final Graph graph;
    private final @Nullable INDArray[] views;

    ParameterViews(Graph graph, INDArray vector) {
        this.graph = graph;
        ParameterLayout layout = graph.layout();
        views = new INDArray[graph.parameters().size()];
        for (Parameter parameter : graph.parameters()) {
            if (parameter.trainable()) {
                views[parameter.index] = layout.view(vector, parameter.name());
            }
        }
    }

    private ParameterViews(Graph graph, @Nullable INDArray... views) {
        this.graph = graph;
        this.views = views;
    }

    /** These arrays, in the order of the graph's parameters; null for one that is frozen. */
    static ParameterViews of(Graph graph, @Nullable INDArray... arrays) {
        return new ParameterViews(graph, arrays);
    }

    Graph graph() {
        return graph;
    }

    /** All parts. */
    List<INDArray> arrays() {
        return Arrays.stream(views).filter(Objects::nonNull).toList();
    }

    /** The part that belongs to a parameter, in its shape, or null if that is frozen. */
    @Nullable
    INDArray find(Parameter parameter) {
        return views[parameter.index];
    }

    /** The part that belongs to a trainable parameter, in its shape. */
    INDArray get(Parameter parameter) {
        INDArray view = views[parameter.index];
        if (view == null) {
            throw new IllegalStateException("parameter " + parameter + " is frozen");
        }
        return view;
    }
}
