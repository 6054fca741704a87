package dev.fastif.hvp.autodiff.operations;

import dev.fastif.core.internal.Check;
import dev.fastif.hvp.autodiff.Frame;
import dev.fastif.hvp.autodiff.Operation;
import dev.fastif.hvp.autodiff.kernels.Factor;
import dev.fastif.hvp.autodiff.kernels.Kernels;
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
        List<Frame> ofInput = f.isActive(0) ? along : List.of();
        List<INDArray> xs = new ArrayList<>(List.of(f.input(0)));
        @Nullable INDArray[] biases = new INDArray[ofInput.size() + 1];
        biases[0] = f.hasParameter(BIAS) ? f.parameter(BIAS) : null;
        for (Frame direction : ofInput) {
            biases[xs.size()] = direction.parameterTangent(BIAS);
            xs.add(direction.require(direction.inputTangent(0)));
        }
        List<INDArray> ys = f.kernels().products(xs, Factor.of(f.parameter(WEIGHT)), biases);
        f.setValue(ys.get(0));
        for (int i = 0; i < along.size(); i++) {
            Frame direction = along.get(i);
            direction.setTangent(ofInput.isEmpty() ? tangent(direction) : plusTangent(direction, ys.get(i + 1)));
        }
    }

    /** The tangent along the weight's, added to that along the input's. */
    private static INDArray plusTangent(Frame f, INDArray dy) {
        INDArray dWeight = f.parameterTangent(WEIGHT);
        if (dWeight != null) {
            f.kernels().setProduct(Factor.of(dy), 1, 1, Factor.of(f.input(0)), Factor.of(dWeight));
        }
        return dy;
    }

    /** The tangent where the input is constant. */
    private static INDArray tangent(Frame f) {
        Kernels k = f.kernels();
        INDArray dWeight = f.parameterTangent(WEIGHT);
        INDArray dBias = f.parameterTangent(BIAS);
        if (dWeight != null) {
            return k.products(List.of(f.input(0)), Factor.of(dWeight), dBias).get(0);
        }
        INDArray dy = k.zeros(f.value().shape());
        k.addRowTo(dy, f.require(dBias));
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
        Factor weight = Factor.of(f.parameter(WEIGHT)).transpose();
        INDArray g = f.adjoint();
        List<INDArray> gs = new ArrayList<>(List.of(g));
        along.forEach(direction -> gs.add(direction.adjointTangent()));
        List<INDArray> gxs = k.products(gs, weight);
        f.addAdjoint(0, gxs.get(0));
        for (int i = 0; i < along.size(); i++) {
            INDArray dgx = gxs.get(i + 1);
            INDArray dWeight = along.get(i).parameterTangent(WEIGHT);
            if (dWeight != null) {
                k.setProduct(
                        Factor.of(dgx), 1, 1, Factor.of(g), Factor.of(dWeight).transpose());
            }
            along.get(i).addAdjointTangent(0, dgx);
        }
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
            Factor weight = Factor.of(f.parameter(WEIGHT)).transpose();
            f.addAdjoint(0, f.kernels().product(Factor.of(f.adjoint()), weight));
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
