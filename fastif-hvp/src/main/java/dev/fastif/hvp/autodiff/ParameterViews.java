package dev.fastif.hvp.autodiff;

import dev.fastif.core.ParameterLayout;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A flat vector [p] seen as the trainable parameters of a graph; nothing is copied. */
final class ParameterViews {
    private final @Nullable INDArray[] views;

    ParameterViews(Graph graph, INDArray vector) {
        ParameterLayout layout = graph.layout();
        views = new INDArray[graph.parameters().size()];
        for (Parameter parameter : graph.parameters()) {
            if (parameter.trainable()) {
                views[parameter.index] = layout.view(vector, parameter.name());
            }
        }
    }

    private ParameterViews(@Nullable INDArray... views) {
        this.views = views;
    }

    /** These arrays, in the order of the graph's parameters. */
    static ParameterViews of(INDArray... arrays) {
        return new ParameterViews(arrays);
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
