package dev.fastif.hvp.autodiff;

import dev.fastif.core.Batch;
import dev.fastif.core.Loss;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Where a model's training loss comes from: how passes to its {@link #target} begin on the way back. */
interface Objective {
    /** What a pass must evaluate. */
    Node target();

    Loss loss();

    /** The loss of each example, [n]. */
    INDArray losses(Pass pass);

    /** The derivatives of each example's loss by the target, in its shape. */
    INDArray slopes(Pass pass);

    /** What these derivatives change by along a tangent of the target. */
    INDArray curvature(Pass pass, INDArray tangent);

    /** Adds the Gauss-Newton products of the mean loss along the pass's directions. */
    void addGaussNewton(Pass pass, List<GradientSum> products);

    /** A loss of the outputs and the labels. */
    record OfOutputs(Node target, Loss loss, String labelName) implements Objective {
        @Override
        public INDArray losses(Pass pass) {
            return loss.values(pass.output(), labels(pass.batch));
        }

        @Override
        public INDArray slopes(Pass pass) {
            return loss.gradient(pass.output(), labels(pass.batch));
        }

        @Override
        public INDArray curvature(Pass pass, INDArray tangent) {
            return loss.hessianVectorProduct(pass.output(), labels(pass.batch), tangent);
        }

        @Override
        public void addGaussNewton(Pass pass, List<GradientSum> products) {
            for (int i = 0; i < products.size(); i++) {
                INDArray adjoint = curvature(pass, pass.outputTangent(i)).div(pass.batch.size());
                pass.backward(adjoint, products.get(i));
            }
        }

        private @Nullable INDArray labels(Batch batch) {
            return batch.find(labelName);
        }
    }
}
