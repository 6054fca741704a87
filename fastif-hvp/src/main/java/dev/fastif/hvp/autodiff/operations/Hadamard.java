package dev.fastif.hvp.autodiff.operations;

import dev.fastif.hvp.autodiff.kernels.Kernels;
import org.nd4j.linalg.api.ndarray.INDArray;

/** {@code a * b}, element by element, with broadcasting. */
record Hadamard() implements Bilinear {
    @Override
    public INDArray apply(Kernels kernels, INDArray a, INDArray b) {
        long[] shape = Broadcast.shape(a, b);
        return Broadcast.to(a, shape).mul(Broadcast.to(b, shape));
    }

    @Override
    public INDArray toFirst(Kernels kernels, INDArray adjoint, INDArray a, INDArray b) {
        return Broadcast.sumTo(adjoint.mul(Broadcast.to(b, adjoint.shape())), a.shape());
    }

    @Override
    public INDArray toSecond(Kernels kernels, INDArray adjoint, INDArray a, INDArray b) {
        return toFirst(kernels, adjoint, b, a);
    }
}
