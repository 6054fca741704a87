package dev.fastif.hvp.autodiff.operations;

import dev.fastif.hvp.autodiff.Frame;
import dev.fastif.hvp.autodiff.Operation;
import dev.fastif.hvp.autodiff.kernels.Kernels;
import dev.fastif.hvp.autodiff.kernels.SymmetricPoint;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A function of the last dimension whose Jacobian is symmetric. */
record Symmetric(Function function) implements Operation {
    /** How the function is evaluated. Implementations are records. */
    interface Function {
        /** Evaluates the function. */
        SymmetricPoint at(Kernels kernels, INDArray x);
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
    public void forward(Frame f, List<Frame> along) {
        SymmetricPoint point = function.at(f.kernels(), f.input(0));
        f.save(point);
        f.setValue(point.value());
        for (Frame direction : along) {
            INDArray dy = point.product(f.require(direction.inputTangent(0)));
            direction.saveTangent(dy);
            direction.setTangent(dy);
        }
    }

    @Override
    public void adjoint(Frame f) {
        f.addAdjoint(0, point(f).product(f.adjoint()));
    }

    @Override
    public void backward(Frame f, List<Frame> along) {
        adjoint(f);
        along.forEach(Symmetric::adjointTangent);
    }

    private static void adjointTangent(Frame f) {
        INDArray dx = f.require(f.inputTangent(0));
        INDArray dy = f.savedTangent(INDArray.class);
        f.addAdjointTangent(0, point(f).productTangent(dx, dy, f.adjoint(), f.adjointTangent()));
    }

    private static SymmetricPoint point(Frame f) {
        return f.saved(SymmetricPoint.class);
    }

    @Override
    public String name() {
        return function.toString();
    }
}
