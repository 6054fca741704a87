package dev.fastif.hvp.autodiff;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A flat vector [p] that gradients of the trainable parameters are added up in. It may hold anything at first: who adds to
 * a parameter first overwrites it, which spares a walk over a vector that is longer than any cache.
 */
final class GradientSum {
    private final ParameterViews views;
    private final boolean[] begun;

    GradientSum(ParameterViews views) {
        this.views = views;
        this.begun = new boolean[views.graph().parameters().size()];
    }

    /** A sum that goes on from what the vector, or the arrays, hold. */
    static GradientSum of(ParameterViews views) {
        GradientSum sum = new GradientSum(views);
        Arrays.fill(sum.begun, true);
        return sum;
    }

    /** Adds {@code a^T b} to a matrix. */
    void addProduct(Kernels kernels, Parameter parameter, INDArray a, INDArray b) {
        INDArray view = views.get(parameter);
        if (begun[parameter.index]) {
            kernels.addMatmulTN(view, a, b);
        } else {
            kernels.setMatmulTN(view, a, b);
        }
        begun[parameter.index] = true;
    }

    /** The sum so far of a parameter, to be added to. */
    INDArray of(Parameter parameter) {
        INDArray view = views.get(parameter);
        if (!begun[parameter.index]) {
            view.assign(0);
        }
        begun[parameter.index] = true;
        return view;
    }

    /** Ends the sum: what nothing was added to is zero. */
    void complete() {
        for (Parameter parameter : views.graph().parameters()) {
            if (parameter.trainable()) {
                of(parameter);
            }
        }
    }
}
