package dev.fastif.hvp.autodiff;

import dev.fastif.core.internal.Check;
import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;

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
        return x.get(token()).dup('c');
    }

    @Override
    public INDArray tangent(Frame f) {
        return f.require(f.inputTangent(0)).get(token()).dup('c');
    }

    @Override
    public void adjoint(Frame f) {
        f.addAdjoint(0, spread(f, f.adjoint()));
    }

    @Override
    public void adjointTangent(Frame f) {
        f.addAdjointTangent(0, spread(f, f.adjointTangent()));
    }

    private INDArray spread(Frame f, INDArray adjoint) {
        INDArray all = f.input(0).ulike().assign(0);
        all.get(token()).assign(adjoint);
        return all;
    }

    private INDArrayIndex[] token() {
        return new INDArrayIndex[] {NDArrayIndex.all(), NDArrayIndex.point(index), NDArrayIndex.all()};
    }
}
