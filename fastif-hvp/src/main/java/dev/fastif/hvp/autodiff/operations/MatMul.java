package dev.fastif.hvp.autodiff.operations;

import static dev.fastif.hvp.autodiff.kernels.Shapes.rows;

import dev.fastif.core.internal.Check;
import dev.fastif.hvp.autodiff.kernels.Factor;
import dev.fastif.hvp.autodiff.kernels.Kernels;
import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Matrix products: of rows [..., k] with a matrix [k, m], or of as many matrices [..., r, k] as [..., k, m]. */
record MatMul() implements Bilinear {
    @Override
    public INDArray apply(Kernels kernels, INDArray a, INDArray b) {
        Check.argument(
                a.rank() >= 2
                        && b.rank() >= 2
                        && a.size(-1) == b.size(b.rank() - 2)
                        && (b.rank() == 2 || sameBatch(a, b)),
                "matrices of shapes %s and %s are multiplied: does the batch fit the model?",
                Arrays.toString(a.shape()),
                Arrays.toString(b.shape()));
        return kernels.product(Factor.of(a), Factor.of(b));
    }

    @Override
    public INDArray toFirst(Kernels kernels, INDArray adjoint, INDArray a, INDArray b) {
        return kernels.product(Factor.of(adjoint), Factor.of(b).transpose());
    }

    @Override
    public INDArray toSecond(Kernels kernels, INDArray adjoint, INDArray a, INDArray b) {
        return b.rank() == 2
                ? kernels.product(Factor.of(rows(a)).transpose(), Factor.of(rows(adjoint)))
                : kernels.product(Factor.of(a).transpose(), Factor.of(adjoint));
    }

    private static boolean sameBatch(INDArray a, INDArray b) {
        int leading = b.rank() - 2;
        return a.rank() == b.rank()
                && Arrays.equals(Arrays.copyOf(a.shape(), leading), Arrays.copyOf(b.shape(), leading));
    }
}
