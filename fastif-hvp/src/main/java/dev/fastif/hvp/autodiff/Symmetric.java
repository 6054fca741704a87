package dev.fastif.hvp.autodiff;

import org.nd4j.linalg.api.ndarray.INDArray;

/** A function whose Jacobian is symmetric: of every element, or of the last dimension. */
record Symmetric(Function function) implements SimpleOperation {
    /** How the function is evaluated. Implementations are records. */
    interface Function {
        SymmetricPoint at(Kernels kernels, INDArray x);
    }

    /** An activation function of every element. */
    record Activated(Activation activation) implements Function {
        @Override
        public SymmetricPoint at(Kernels kernels, INDArray x) {
            return kernels.activate(activation, x);
        }
    }

    /** Softmax. */
    record Softmax() implements Function {
        @Override
        public SymmetricPoint at(Kernels kernels, INDArray x) {
            return kernels.softmax(x);
        }
    }

    /** {@code (x - mean) / sqrt(variance + epsilon)}. */
    record Normalize(double epsilon) implements Function {
        @Override
        public SymmetricPoint at(Kernels kernels, INDArray x) {
            return kernels.normalize(x, epsilon);
        }
    }

    @Override
    public INDArray value(Frame f) {
        SymmetricPoint point = function.at(f.kernels(), f.input(0));
        f.save(point);
        return point.value();
    }

    @Override
    public INDArray tangent(Frame f) {
        INDArray dy = point(f).product(f.require(f.inputTangent(0)));
        f.saveTangent(dy);
        return dy;
    }

    @Override
    public void adjoint(Frame f) {
        f.addAdjoint(0, point(f).product(f.adjoint()));
    }

    @Override
    public void adjointTangent(Frame f) {
        INDArray dgx = point(f).product(f.adjointTangent());
        INDArray bend =
                point(f).productTangent(f.require(f.inputTangent(0)), f.savedTangent(INDArray.class), f.adjoint());
        f.addAdjointTangent(0, f.kernels().add(dgx, bend));
    }

    private static SymmetricPoint point(Frame f) {
        return f.saved(SymmetricPoint.class);
    }

    @Override
    public String name() {
        return function.toString();
    }
}
