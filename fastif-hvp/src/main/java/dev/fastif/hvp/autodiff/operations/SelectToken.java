package dev.fastif.hvp.autodiff.operations;

import dev.fastif.core.internal.Check;
import dev.fastif.hvp.autodiff.Frame;
import dev.fastif.hvp.autodiff.SimpleOperation;
import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One token of each sequence: [n, t, c] to [n, c]. */
record SelectToken(int index) implements SimpleOperation {
    @Override
    public INDArray value(Frame f) {
        INDArray x = f.input(0);
        Check.argument(
                x.rank() == 3 && x.size(1) > index,
                "token %d is selected from an array of shape %s: it must be [n, t, c] with t > %d",
                index,
                Arrays.toString(x.shape()),
                index);
        return f.kernels().token(x, index);
    }

    @Override
    public INDArray tangent(Frame f) {
        return f.kernels().token(f.require(f.inputTangent(0)), index);
    }

    @Override
    public void adjoint(Frame f) {
        f.addAdjoint(0, f.kernels().onlyToken(f.adjoint(), f.input(0).size(1), index));
    }

    @Override
    public void adjointTangent(Frame f) {
        f.addAdjointTangent(
                0, f.kernels().onlyToken(f.adjointTangent(), f.input(0).size(1), index));
    }
}
