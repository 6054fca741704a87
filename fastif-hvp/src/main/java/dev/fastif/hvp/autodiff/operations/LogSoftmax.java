package dev.fastif.hvp.autodiff.operations;

import dev.fastif.hvp.autodiff.Frame;
import dev.fastif.hvp.autodiff.SimpleOperation;
import dev.fastif.hvp.autodiff.kernels.Shapes;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/** {@code y = x - log sum exp x} over the last dimension. With p = exp y its Jacobian is {@code I - 1 p^T}. */
record LogSoftmax() implements SimpleOperation {
    @Override
    public INDArray value(Frame f) {
        INDArray x = Shapes.rows(f.input(0));
        INDArray shifted = x.subColumnVector(x.max(true, 1));
        INDArray logSum = Transforms.log(Transforms.exp(shifted, true).sum(true, 1), false);
        INDArray y = shifted.subiColumnVector(logSum);
        f.save(Transforms.exp(y, true));
        return Shapes.unrows(y, f.input(0));
    }

    @Override
    public INDArray tangent(Frame f) {
        INDArray dx = Shapes.rows(f.require(f.inputTangent(0)));
        INDArray dy = dx.subColumnVector(p(f).mul(dx).sum(true, 1));
        f.saveTangent(p(f).mul(dy));
        return Shapes.unrows(dy, f.input(0));
    }

    @Override
    public void adjoint(Frame f) {
        f.addAdjoint(0, transpose(f, f.adjoint()));
    }

    @Override
    public void adjointTangent(Frame f) {
        INDArray g = Shapes.rows(f.adjoint());
        INDArray bend = f.savedTangent(INDArray.class).mulColumnVector(g.sum(true, 1));
        INDArray dgx = transpose(f, f.adjointTangent());
        f.addAdjointTangent(0, dgx.sub(Shapes.unrows(bend, f.input(0))));
    }

    private static INDArray transpose(Frame f, INDArray adjoint) {
        INDArray g = Shapes.rows(adjoint);
        return Shapes.unrows(g.sub(p(f).mulColumnVector(g.sum(true, 1))), f.input(0));
    }

    /** The probabilities, as rows. */
    private static INDArray p(Frame f) {
        return f.saved(INDArray.class);
    }
}
