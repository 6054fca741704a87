package dev.fastif.hvp.autodiff;

import static dev.fastif.hvp.autodiff.Shapes.rows;
import static dev.fastif.hvp.autodiff.Shapes.unrows;

import dev.fastif.core.internal.Check;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** {@code y = x W + b} over the last dimension; parameters W [in, out] and, optionally, b [out]. */
record Linear() implements Operation {
    private static final int WEIGHT = 0;
    private static final int BIAS = 1;

    @Override
    public INDArray value(Frame f) {
        INDArray x = f.input(0);
        INDArray weight = f.parameter(WEIGHT);
        Check.argument(
                x.rank() >= 2 && x.size(-1) == weight.size(0),
                "an array of shape %s reaches parameter '%s', which takes rows of %d: does the batch fit the model?",
                Arrays.toString(x.shape()),
                f.parameterName(WEIGHT),
                weight.size(0));
        INDArray y = f.kernels().matmul(rows(x), weight);
        if (f.hasParameter(BIAS)) {
            f.kernels().addRow(y, f.parameter(BIAS));
        }
        return unrows(y, x);
    }

    @Override
    public INDArray tangent(Frame f) {
        Kernels k = f.kernels();
        INDArray x = f.input(0);
        INDArray dx = f.inputTangent(0);
        INDArray dWeight = f.parameterTangent(WEIGHT);
        INDArray dBias = f.parameterTangent(BIAS);
        INDArray dy;
        if (dWeight != null) {
            dy = k.matmul(rows(x), dWeight);
            if (dx != null) {
                k.addMatmul(dy, rows(dx), f.parameter(WEIGHT));
            }
        } else if (dx != null) {
            dy = k.matmul(rows(dx), f.parameter(WEIGHT));
        } else {
            dy = rows(f.value()).ulike().assign(0);
        }
        if (dBias != null) {
            k.addRow(dy, dBias);
        }
        return unrows(dy, x);
    }

    @Override
    public void adjoint(Frame f) {
        if (f.isActive(0)) {
            INDArray gx = f.kernels().matmulNT(rows(f.adjoint()), f.parameter(WEIGHT));
            f.addAdjoint(0, unrows(gx, f.input(0)));
        }
    }

    @Override
    public void gradient(Frame f) {
        if (f.isTrainable(WEIGHT)) {
            f.kernels().addMatmulTN(f.sink(WEIGHT), rows(f.input(0)), rows(f.adjoint()));
        }
        if (f.isTrainable(BIAS)) {
            f.kernels().addSumOfRows(f.sink(BIAS), f.adjoint());
        }
    }

    @Override
    public void adjointTangent(Frame f) {
        Kernels k = f.kernels();
        INDArray g = rows(f.adjoint());
        INDArray dg = rows(f.adjointTangent());
        if (f.isActive(0)) {
            INDArray dgx = k.matmulNT(dg, f.parameter(WEIGHT));
            @Nullable INDArray dWeight = f.parameterTangent(WEIGHT);
            if (dWeight != null) {
                k.addMatmulNT(dgx, g, dWeight);
            }
            f.addAdjointTangent(0, unrows(dgx, f.input(0)));
        }
        if (f.isTrainable(WEIGHT)) {
            k.addMatmulTN(f.sink(WEIGHT), rows(f.input(0)), dg);
            INDArray dx = f.inputTangent(0);
            if (dx != null) {
                k.addMatmulTN(f.sink(WEIGHT), rows(dx), g);
            }
        }
        if (f.isTrainable(BIAS)) {
            k.addSumOfRows(f.sink(BIAS), dg);
        }
    }
}
