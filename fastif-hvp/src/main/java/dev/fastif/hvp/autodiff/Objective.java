package dev.fastif.hvp.autodiff;

import dev.fastif.core.Batch;
import dev.fastif.core.Loss;
import java.util.ArrayList;
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

    /** Whether kernels do all of the arithmetic for such batches: see {@link Operation#isByKernels}. */
    default boolean isByKernels(Batch batch) {
        return false;
    }

    /** The names of the arrays that it takes from a batch itself. */
    default List<String> arrays() {
        return List.of();
    }

    /** Adds the products of the mean loss's Hessian along the pass's directions. */
    default void addHessian(Pass pass, List<GradientSum> products) {
        List<INDArray> curvatures = new ArrayList<>();
        for (int i = 0; i < products.size(); i++) {
            curvatures.add(pass.perExample(curvature(pass, pass.outputTangent(i))));
        }
        pass.backward(pass.perExample(slopes(pass)), curvatures, products);
    }

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
            INDArray outputs = pass.output();
            INDArray labels = labels(pass.batch);
            return labels != null && isOfClasses(labels)
                    ? pass.kernels.lessOneAt(pass.kernels.softmax(outputs).value(), labels)
                    : loss.gradient(outputs, labels);
        }

        @Override
        public INDArray curvature(Pass pass, INDArray tangent) {
            INDArray outputs = pass.output();
            INDArray labels = labels(pass.batch);
            return labels != null && isOfClasses(labels)
                    ? pass.kernels.softmax(outputs).product(tangent)
                    : loss.hessianVectorProduct(outputs, labels, tangent);
        }

        @Override
        public boolean isByKernels(Batch batch) {
            INDArray labels = labels(batch);
            return labels != null && isOfClasses(labels);
        }

        @Override
        public List<String> arrays() {
            return List.of(labelName);
        }

        /** Whether the loss is softmax cross-entropy with class indices, which kernels compute themselves. */
        private boolean isOfClasses(INDArray labels) {
            return labels.rank() == 1 && loss.equals(Loss.softmaxCrossEntropy());
        }

        @Override
        public void addGaussNewton(Pass pass, List<GradientSum> products) {
            for (int i = 0; i < products.size(); i++) {
                INDArray adjoint = pass.perExample(curvature(pass, pass.outputTangent(i)));
                pass.backward(adjoint, products.get(i));
            }
        }

        private @Nullable INDArray labels(Batch batch) {
            return batch.find(labelName);
        }
    }
}
