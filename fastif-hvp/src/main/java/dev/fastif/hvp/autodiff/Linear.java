package dev.fastif.hvp.autodiff;

import dev.fastif.core.internal.Check;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** {@code y = x W + b} over the last dimension; parameters W [in, out] and, optionally, b [out]. */
record Linear() implements Operation {
    private static final int WEIGHT = 0;
    private static final int BIAS = 1;

    // Values and tangents are multiplied by the same matrix, which is then read only once.
    @Override
    public void forward(Frame f, List<Frame> along) {
        requireColumns(f);
        List<INDArray> xs = new ArrayList<>(List.of(f.input(0)));
        if (f.isActive(0)) {
            along.forEach(direction -> xs.add(direction.require(direction.inputTangent(0))));
        }
        List<INDArray> ys = f.kernels().matmul(xs, f.parameter(WEIGHT));
        INDArray y = ys.get(0);
        if (f.hasParameter(BIAS)) {
            f.kernels().addRow(y, f.parameter(BIAS));
        }
        f.setValue(y);
        for (int i = 0; i < along.size(); i++) {
            INDArray ofInput = i + 1 < ys.size() ? ys.get(i + 1) : null;
            along.get(i).setTangent(tangent(along.get(i), ofInput));
        }
    }

    private static INDArray tangent(Frame f, @Nullable INDArray ofInput) {
        Kernels k = f.kernels();
        INDArray dWeight = f.parameterTangent(WEIGHT);
        INDArray dy = ofInput;
        if (dWeight != null && dy != null) {
            k.addMatmul(dy, f.input(0), dWeight);
        } else if (dWeight != null) {
            dy = k.matmul(f.input(0), dWeight);
        } else if (dy == null) {
            dy = k.zeros(f.value().dataType(), f.value().shape());
        }
        INDArray dBias = f.parameterTangent(BIAS);
        if (dBias != null) {
            k.addRow(dy, dBias);
        }
        return dy;
    }

    @Override
    public void backward(Frame f, List<Frame> along) {
        if (f.isActive(0)) {
            sendBack(f, along);
        }
        for (Frame direction : along) {
            addWeightTangent(direction);
            addBiasTangent(direction);
        }
    }

    /** Sends adjoints and their tangents to the input. */
    private static void sendBack(Frame f, List<Frame> along) {
        Kernels k = f.kernels();
        INDArray g = f.adjoint();
        List<INDArray> gs = new ArrayList<>(List.of(g));
        along.forEach(direction -> gs.add(direction.adjointTangent()));
        List<INDArray> gxs = k.matmulNT(gs, f.parameter(WEIGHT));
        f.addAdjoint(0, gxs.get(0));
        for (int i = 0; i < along.size(); i++) {
            INDArray dgx = gxs.get(i + 1);
            INDArray dWeight = along.get(i).parameterTangent(WEIGHT);
            if (dWeight != null) {
                k.addMatmulNT(dgx, g, dWeight);
            }
            along.get(i).addAdjointTangent(0, dgx);
        }
    }

    @Override
    public boolean isByKernels() {
        return true;
    }

    private static void requireColumns(Frame f) {
        INDArray x = f.input(0);
        INDArray weight = f.parameter(WEIGHT);
        Check.argument(
                x.rank() >= 2 && x.size(-1) == weight.size(0),
                "an array of shape %s reaches parameter '%s', which takes rows of %d: does the batch fit the model?",
                Arrays.toString(x.shape()),
                f.parameterName(WEIGHT),
                weight.size(0));
    }

    @Override
    public void adjoint(Frame f) {
        if (f.isActive(0)) {
            f.addAdjoint(0, f.kernels().matmulNT(f.adjoint(), f.parameter(WEIGHT)));
        }
    }

    @Override
    public void gradient(Frame f) {
        if (f.isTrainable(WEIGHT)) {
            f.addToSink(WEIGHT, f.product(f.input(0), f.adjoint()));
        }
        if (f.isTrainable(BIAS)) {
            f.addToSink(BIAS, f.sumOfRows(f.adjoint()));
        }
    }

    private static void addWeightTangent(Frame f) {
        if (f.isTrainable(WEIGHT)) {
            INDArray x = f.input(0);
            INDArray dx = f.inputTangent(0);
            f.addToSink(
                    WEIGHT,
                    dx == null ? f.product(x, f.adjointTangent()) : f.product(x, f.adjointTangent(), dx, f.adjoint()));
        }
    }

    private static void addBiasTangent(Frame f) {
        if (f.isTrainable(BIAS)) {
            f.addToSink(BIAS, f.sumOfRows(f.adjointTangent()));
        }
    }
}
