package dev.fastif.hvp.autodiff.operations;

import dev.fastif.core.internal.Check;
import dev.fastif.hvp.autodiff.Frame;
import dev.fastif.hvp.autodiff.SimpleOperation;
import dev.fastif.hvp.autodiff.kernels.Elements;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A function of every element, computed in double precision. */
record Applied(Pointwise function) implements SimpleOperation {
    private record Derivatives(INDArray first, INDArray second) {}

    @Override
    public INDArray value(Frame f) {
        INDArray x = f.input(0);
        double[] at = Elements.of(x);
        double[] value = new double[at.length];
        double[] first = new double[at.length];
        double[] second = new double[at.length];
        for (int i = 0; i < at.length; i++) {
            Jet jet = function.at(at[i]);
            value[i] = jet.value();
            first[i] = jet.slope();
            second[i] = jet.curvature();
        }
        if (f.isActive(0)) {
            requireSlopes(x, at, first);
            f.save(new Derivatives(like(x, first), like(x, second)));
        }
        return like(x, value);
    }

    /** A derivative that is no number would spoil all of a gradient, even where nothing depends on it. */
    private void requireSlopes(INDArray x, double[] at, double[] first) {
        double most = x.dataType() == DataType.DOUBLE ? Double.MAX_VALUE : Float.MAX_VALUE;
        for (int i = 0; i < at.length; i++) {
            Check.argument(
                    Math.abs(first[i]) <= most || Double.isNaN(at[i]),
                    "%s has no derivative at %s, which an example of the batch leads to: add a small number there, or"
                            + " leave the example out",
                    function,
                    at[i]);
        }
    }

    private static INDArray like(INDArray x, double... elements) {
        return Elements.array(elements, x.dataType(), x.shape().clone());
    }

    @Override
    public INDArray tangent(Frame f) {
        return f.saved(Derivatives.class).first.mul(f.require(f.inputTangent(0)));
    }

    @Override
    public void adjoint(Frame f) {
        f.addAdjoint(0, f.saved(Derivatives.class).first.mul(f.adjoint()));
    }

    @Override
    public void adjointTangent(Frame f) {
        Derivatives at = f.saved(Derivatives.class);
        INDArray bend = at.second.mul(f.require(f.inputTangent(0))).muli(f.adjoint());
        f.addAdjointTangent(0, bend.addi(at.first.mul(f.adjointTangent())));
    }

    @Override
    public String name() {
        return function.toString();
    }
}
