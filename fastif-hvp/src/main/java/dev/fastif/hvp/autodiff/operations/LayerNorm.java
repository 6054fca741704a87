package dev.fastif.hvp.autodiff.operations;

import dev.fastif.core.internal.Check;
import dev.fastif.hvp.autodiff.Frame;
import dev.fastif.hvp.autodiff.SimpleOperation;
import dev.fastif.hvp.autodiff.Term;
import dev.fastif.hvp.autodiff.kernels.Kernels;
import dev.fastif.hvp.autodiff.kernels.SymmetricPoint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** {@code y = normalize(x) * gain + bias} over the last dimension; parameters gain [c] and bias [c]. */
record LayerNorm(double epsilon) implements SimpleOperation {
    private static final int GAIN = 0;
    private static final int BIAS = 1;

    /** The normalized values of the way forward; on the way back their adjoint joins. */
    private static final class State {
        private final SymmetricPoint normalized;
        private @Nullable INDArray gNormalized;

        State(SymmetricPoint normalized) {
            this.normalized = normalized;
        }
    }

    @Override
    public INDArray value(Frame f) {
        INDArray x = f.input(0);
        Check.argument(
                x.rank() >= 2 && x.size(-1) == f.parameter(GAIN).length(),
                "an array of shape %s reaches parameter '%s', which takes rows of %d: does the batch fit the model?",
                Arrays.toString(x.shape()),
                f.parameterName(GAIN),
                f.parameter(GAIN).length());
        SymmetricPoint normalized = f.kernels().normalize(x, epsilon);
        f.save(new State(normalized));
        return f.kernels().timesRows(List.of(normalized.value()), List.of(f.parameter(GAIN)), f.parameter(BIAS));
    }

    @Override
    public INDArray tangent(Frame f) {
        SymmetricPoint normalized = f.saved(State.class).normalized;
        List<INDArray> matrices = new ArrayList<>();
        List<INDArray> rows = new ArrayList<>();
        INDArray dx = f.inputTangent(0);
        if (dx != null) {
            INDArray dNormalized = normalized.product(dx);
            f.saveTangent(dNormalized);
            matrices.add(dNormalized);
            rows.add(f.parameter(GAIN));
        }
        INDArray dGain = f.parameterTangent(GAIN);
        if (dGain != null) {
            matrices.add(normalized.value());
            rows.add(dGain);
        }
        INDArray dBias = f.parameterTangent(BIAS);
        if (!matrices.isEmpty()) {
            return f.kernels().timesRows(matrices, rows, dBias);
        }
        INDArray dy = f.kernels().zeros(normalized.value().shape());
        f.kernels().addRowTo(dy, f.require(dBias));
        return dy;
    }

    @Override
    public void adjoint(Frame f) {
        if (f.isActive(0)) {
            State state = f.saved(State.class);
            INDArray gNormalized = f.kernels().timesRow(f.adjoint(), f.parameter(GAIN));
            state.gNormalized = gNormalized;
            f.addAdjoint(0, state.normalized.product(gNormalized));
        }
    }

    @Override
    public void gradient(Frame f) {
        if (f.isTrainable(GAIN)) {
            INDArray normalized = f.saved(State.class).normalized.value();
            f.addToSink(GAIN, f.sumOfRows(f.kernels().times(f.adjoint(), normalized)));
        }
        if (f.isTrainable(BIAS)) {
            f.addToSink(BIAS, f.sumOfRows(f.adjoint()));
        }
    }

    @Override
    public void adjointTangent(Frame f) {
        Kernels k = f.kernels();
        State state = f.saved(State.class);
        SymmetricPoint normalized = state.normalized;
        INDArray g = f.adjoint();
        INDArray dg = f.adjointTangent();
        INDArray dx = f.inputTangent(0);
        if (f.isActive(0)) {
            INDArray gain = f.parameter(GAIN);
            INDArray dGain = f.parameterTangent(GAIN);
            INDArray dgNormalized =
                    dGain == null ? k.timesRow(dg, gain) : k.timesRows(List.of(dg, g), List.of(gain, dGain), null);
            f.addAdjointTangent(
                    0,
                    dx == null
                            ? normalized.product(dgNormalized)
                            : normalized.productTangent(
                                    dx, f.savedTangent(INDArray.class), f.require(state.gNormalized), dgNormalized));
        }
        if (f.isTrainable(GAIN)) {
            Term ofTangent = f.sumOfRows(k.times(dg, normalized.value()));
            if (dx == null) {
                f.addToSink(GAIN, ofTangent);
            } else {
                f.addToSink(GAIN, ofTangent, f.sumOfRows(k.times(g, f.savedTangent(INDArray.class))));
            }
        }
        if (f.isTrainable(BIAS)) {
            f.addToSink(BIAS, f.sumOfRows(dg));
        }
    }
}
