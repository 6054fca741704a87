package dev.fastif.hvp.autodiff;

import dev.fastif.hvp.autodiff.kernels.Kernels;
import dev.fastif.hvp.autodiff.kernels.Total;
import java.util.Arrays;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A flat vector [p] that gradients of the trainable parameters are added up in. A matrix is written first by the first
 * term that is added to it, which spares a walk over a vector that is longer than any cache.
 */
final class GradientSum implements Sink {
    private final ParameterViews views;
    private final boolean[] begun;
    private final @Nullable Update update;

    private GradientSum(ParameterViews views, @Nullable Update update) {
        this.views = views;
        this.begun = new boolean[views.graph().parameters().size()];
        this.update = update;
    }

    /** The sum alone; the vector may hold anything at first. */
    static GradientSum in(ParameterViews views) {
        return new GradientSum(views, null);
    }

    /** A sum that goes on from what the vector, or the arrays, hold. */
    static GradientSum of(ParameterViews views) {
        GradientSum sum = in(views);
        Arrays.fill(sum.begun, true);
        return sum;
    }

    /**
     * {@code keep} of what the vector holds plus {@code factor} times the sum plus {@code added}, for a pass along that
     * vector: the part of a parameter that a single node uses is written when that node has read it for the last time, any
     * other at the end.
     *
     * @param keep for each parameter
     * @param squares what the vector's squared length is added to in the end
     */
    static GradientSum update(
            ParameterViews vector,
            ToDoubleFunction<Parameter> keep,
            double factor,
            ParameterViews added,
            Total squares) {
        return new GradientSum(vector, new Update(vector, keep, factor, added, squares));
    }

    @Override
    public void add(Kernels kernels, Parameter parameter, Term... terms) {
        if (update != null) {
            update.add(kernels, parameter, terms);
            return;
        }
        for (Term term : terms) {
            term.addTo(views.get(parameter), begun[parameter.index] ? 1 : 0, 1);
            begun[parameter.index] = true;
        }
    }

    @Override
    public INDArray of(Kernels kernels, Parameter parameter) {
        if (update != null) {
            return update.apart(kernels, parameter);
        }
        INDArray view = views.get(parameter);
        if (!begun[parameter.index]) {
            view.assign(0);
        }
        begun[parameter.index] = true;
        return view;
    }

    /** Ends the sum: what nothing was added to is zero. */
    void complete(Kernels kernels) {
        for (Parameter parameter : views.graph().parameters()) {
            if (parameter.trainable()) {
                if (update == null) {
                    of(kernels, parameter);
                } else {
                    update.complete(kernels, parameter);
                }
            }
        }
    }

    /** The way in which a vector is written that the pass still reads. */
    private static final class Update {
        private final ParameterViews vector;
        private final ToDoubleFunction<Parameter> keep;
        private final double factor;
        private final ParameterViews added;
        private final boolean[] written;
        private final @Nullable INDArray[] apart;
        private final Total squares;

        Update(
                ParameterViews vector,
                ToDoubleFunction<Parameter> keep,
                double factor,
                ParameterViews added,
                Total squares) {
            int parameters = vector.graph().parameters().size();
            this.vector = vector;
            this.keep = keep;
            this.factor = factor;
            this.added = added;
            this.squares = squares;
            this.written = new boolean[parameters];
            this.apart = new INDArray[parameters];
        }

        void add(Kernels kernels, Parameter parameter, Term... terms) {
            if (!vector.graph().isUsedOnce(parameter)) {
                for (Term term : terms) {
                    term.addTo(apart(kernels, parameter), 1, 1);
                }
                return;
            }
            double kept = keep.applyAsDouble(parameter);
            for (Term term : terms) {
                term.addTo(vector.get(parameter), kept, factor);
                kept = 1;
            }
            finish(kernels, parameter);
        }

        INDArray apart(Kernels kernels, Parameter parameter) {
            INDArray sum = apart[parameter.index];
            if (sum == null) {
                INDArray view = vector.get(parameter);
                sum = kernels.zeros(view.shape());
                apart[parameter.index] = sum;
            }
            return sum;
        }

        void complete(Kernels kernels, Parameter parameter) {
            if (written[parameter.index]) {
                return;
            }
            INDArray view = vector.get(parameter);
            kernels.scale(view, keep.applyAsDouble(parameter));
            INDArray sum = apart[parameter.index];
            if (sum != null) {
                kernels.addTo(view, sum, factor);
            }
            finish(kernels, parameter);
        }

        // while the parameter's part is in a cache
        private void finish(Kernels kernels, Parameter parameter) {
            kernels.addTo(vector.get(parameter), added.get(parameter), squares);
            written[parameter.index] = true;
        }
    }
}
