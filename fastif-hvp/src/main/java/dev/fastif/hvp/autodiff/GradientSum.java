package dev.fastif.hvp.autodiff;

import java.util.Arrays;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A flat vector [p] that gradients of the trainable parameters are added up in. A matrix is written first by the first
 * product that is added to it, which spares a walk over a vector that is longer than any cache.
 */
final class GradientSum {
    private final ParameterViews views;
    private final boolean[] begun;
    private final ToDoubleFunction<Parameter> keep;
    private final double factor;

    /** What is added up apart if the vector is still being read: the pass is along itself. */
    private final @Nullable INDArray @Nullable [] apart;

    private GradientSum(
            ParameterViews views,
            ToDoubleFunction<Parameter> keep,
            double factor,
            @Nullable INDArray @Nullable [] apart) {
        this.views = views;
        this.begun = new boolean[views.graph().parameters().size()];
        this.keep = keep;
        this.factor = factor;
        this.apart = apart;
    }

    /** The sum alone; the vector may hold anything at first. */
    static GradientSum in(ParameterViews views) {
        return new GradientSum(views, parameter -> 0, 1, null);
    }

    /** A sum that goes on from what the vector, or the arrays, hold. */
    static GradientSum of(ParameterViews views) {
        GradientSum sum = in(views);
        Arrays.fill(sum.begun, true);
        return sum;
    }

    /**
     * {@code keep} of what the vector holds plus {@code factor} times the sum, for a pass along that vector: the part of a
     * parameter that a single node uses is written when that node has read it for the last time, any other at the end.
     *
     * @param keep for each parameter
     */
    static GradientSum update(ParameterViews vector, ToDoubleFunction<Parameter> keep, double factor) {
        return new GradientSum(
                vector, keep, factor, new INDArray[vector.graph().parameters().size()]);
    }

    /** Something that is added to a matrix. */
    interface Term {
        /** {@code out = keep * out + factor * term}; with keep = 0, out may hold anything. */
        void addTo(INDArray out, double keep, double factor);
    }

    /** Adds a term to a matrix, whose part of the pass's direction is read no more by the calling node. */
    void add(Kernels kernels, Parameter parameter, Term term) {
        if (apart != null && !views.graph().isUsedOnce(parameter)) {
            term.addTo(of(parameter), 1, 1);
            return;
        }
        boolean first = !begun[parameter.index];
        term.addTo(views.get(parameter), first ? keep.applyAsDouble(parameter) : 1, factor);
        begun[parameter.index] = true;
    }

    /** The sum so far of a parameter, to be added to. */
    INDArray of(Parameter parameter) {
        INDArray view = views.get(parameter);
        if (apart != null) {
            INDArray sum = apart[parameter.index];
            if (sum == null) {
                sum = view.ulike().assign(0);
                apart[parameter.index] = sum;
            }
            return sum;
        }
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
                complete(kernels, parameter);
            }
        }
    }

    private void complete(Kernels kernels, Parameter parameter) {
        if (apart == null) {
            of(parameter);
            return;
        }
        INDArray view = views.get(parameter);
        if (!begun[parameter.index]) {
            view.muli(keep.applyAsDouble(parameter));
        }
        INDArray sum = apart[parameter.index];
        if (sum != null) {
            kernels.add(view, sum, factor);
        }
    }
}
