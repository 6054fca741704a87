package dev.fastif.hvp.autodiff;

import static dev.fastif.hvp.autodiff.Shapes.rows;

import dev.fastif.core.internal.Check;
import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Matrix products: of rows [..., k] with a matrix [k, m], or of as many matrices [..., r, k] as [..., k, m]. */
record MatMul() implements Bilinear {
    @Override
    public INDArray apply(INDArray a, INDArray b) {
        Check.argument(
                a.rank() >= 2
                        && b.rank() >= 2
                        && a.size(-1) == b.size(b.rank() - 2)
                        && (b.rank() == 2 || sameBatch(a, b)),
                "matrices of shapes %s and %s are multiplied: does the batch fit the model?",
                Arrays.toString(a.shape()),
                Arrays.toString(b.shape()));
        return kernels(a).matmul(a, b);
    }

    @Override
    public INDArray toFirst(INDArray adjoint, INDArray a, INDArray b) {
        return kernels(a).matmulNT(adjoint, b);
    }

    @Override
    public INDArray toSecond(INDArray adjoint, INDArray a, INDArray b) {
        Kernels kernels = kernels(a);
        return b.rank() == 2 ? kernels.matmulTN(rows(a), rows(adjoint)) : kernels.matmulTN(a, adjoint);
    }

    private static boolean sameBatch(INDArray a, INDArray b) {
        int leading = b.rank() - 2;
        return a.rank() == b.rank()
                && Arrays.equals(Arrays.copyOf(a.shape(), leading), Arrays.copyOf(b.shape(), leading));
    }

    private static Kernels kernels(INDArray a) {
        return Kernels.of(a.dataType() == DataType.FLOAT ? DataType.FLOAT : DataType.DOUBLE);
    }
}
