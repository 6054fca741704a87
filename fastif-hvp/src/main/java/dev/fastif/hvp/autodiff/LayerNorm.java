package dev.fastif.hvp.autodiff;

import dev.fastif.core.internal.Check;
import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;

/** {@code y = normalize(x) * gain + bias} over the last dimension; parameters gain [c] and bias [c]. */
record LayerNorm(double epsilon) implements SimpleOperation {
    private static final int GAIN = 0;
    private static final int BIAS = 1;

    @Override
    public INDArray value(Frame f) {
        INDArray x = f.input(0);
        Check.argument(
                x.size(-1) == f.parameter(GAIN).length(),
                "an array of shape %s reaches parameter '%s', which takes rows of %d: does the batch fit the model?",
                Arrays.toString(x.shape()),
                f.parameterName(GAIN),
                f.parameter(GAIN).length());
        SymmetricPoint normalized = f.kernels().normalize(x, epsilon);
        f.save(normalized);
        INDArray y = f.kernels().mulRow(normalized.value(), f.parameter(GAIN));
        f.kernels().addRow(y, f.parameter(BIAS));
        return y;
    }

    @Override
    public INDArray tangent(Frame f) {
        SymmetricPoint normalized = f.saved(SymmetricPoint.class);
        INDArray dx = f.inputTangent(0);
        INDArray dy = null;
        if (dx != null) {
            INDArray dNormalized = normalized.product(dx);
            f.saveTangent(dNormalized);
            dy = f.kernels().mulRow(dNormalized, f.parameter(GAIN));
        }
        INDArray dGain = f.parameterTangent(GAIN);
        if (dGain != null) {
            dy = dy == null ? zeros(f, normalized.value()) : dy;
            f.kernels().addMulRow(dy, normalized.value(), dGain);
        }
        INDArray dBias = f.parameterTangent(BIAS);
        if (dBias != null) {
            dy = dy == null ? zeros(f, normalized.value()) : dy;
            f.kernels().addRow(dy, dBias);
        }
        return f.require(dy);
    }

    @Override
    public void adjoint(Frame f) {
        if (f.isActive(0)) {
            f.addAdjoint(0, f.saved(SymmetricPoint.class).product(normalizedAdjoint(f)));
        }
    }

    @Override
    public void gradient(Frame f) {
        if (f.isTrainable(GAIN)) {
            INDArray normalized = f.saved(SymmetricPoint.class).value();
            f.addToSink(GAIN, f.sumOfRows(f.kernels().mul(f.adjoint(), normalized)));
        }
        if (f.isTrainable(BIAS)) {
            f.addToSink(BIAS, f.sumOfRows(f.adjoint()));
        }
    }

    @Override
    public void adjointTangent(Frame f) {
        Kernels k = f.kernels();
        SymmetricPoint normalized = f.saved(SymmetricPoint.class);
        INDArray g = f.adjoint();
        INDArray dg = f.adjointTangent();
        INDArray dx = f.inputTangent(0);
        if (f.isActive(0)) {
            INDArray dgNormalized = k.mulRow(dg, f.parameter(GAIN));
            INDArray dGain = f.parameterTangent(GAIN);
            if (dGain != null) {
                k.addMulRow(dgNormalized, g, dGain);
            }
            f.addAdjointTangent(
                    0,
                    dx == null
                            ? normalized.product(dgNormalized)
                            : normalized.productTangent(
                                    dx, f.savedTangent(INDArray.class), normalizedAdjoint(f), dgNormalized));
        }
        if (f.isTrainable(GAIN)) {
            GradientSum.Term ofTangent = f.sumOfRows(k.mul(dg, normalized.value()));
            if (dx == null) {
                f.addToSink(GAIN, ofTangent);
            } else {
                f.addToSink(GAIN, ofTangent, f.sumOfRows(k.mul(g, f.savedTangent(INDArray.class))));
            }
        }
        if (f.isTrainable(BIAS)) {
            f.addToSink(BIAS, f.sumOfRows(dg));
        }
    }

    private static INDArray zeros(Frame f, INDArray like) {
        return f.kernels().zeros(like.dataType(), like.shape());
    }

    private static INDArray normalizedAdjoint(Frame f) {
        return f.kernels().mulRow(f.adjoint(), f.parameter(GAIN));
    }
}
