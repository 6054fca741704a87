package dev.fastif.hvp.autodiff;

import dev.fastif.core.Batch;
import dev.fastif.core.Loss;
import dev.fastif.core.Measurement;
import dev.fastif.core.Model;
import dev.fastif.core.internal.Check;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
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

    /** What a measurement is taken of, [n, ...]: the outputs of a pass to them. */
    INDArray measured(Pass pass);

    /** The same in a graph that these nodes were copied to. */
    Objective moved(UnaryOperator<Node> copies);

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
        pass.backward(WayBack.to(products, target(), pass.perExample(slopes(pass)), curvatures));
    }

    /** Adds the Gauss-Newton products of the mean loss along the pass's directions. */
    void addGaussNewton(Pass pass, List<GradientSum> products);

    /** Where ways back begin whose gradients make up each example's Gauss-Newton matrix: see {@link Model#curvatureGradients}. */
    List<Map<Node, INDArray>> curvatureSlopes(Pass pass, int most, long... seeds);

    /** What a measurement, which may be a user's own, has made of outputs, in their type; it must have this shape. */
    static INDArray fitting(String what, Measurement measurement, INDArray outputs, INDArray made, long... shape) {
        Check.readable(what + " of " + measurement, made);
        Check.argument(
                Arrays.equals(made.shape(), shape),
                "%s of %s have shape %s for outputs %s: they must have shape %s",
                what,
                measurement,
                Arrays.toString(made.shape()),
                Arrays.toString(outputs.shape()),
                Arrays.toString(shape));
        return made.castTo(outputs.dataType());
    }

    /** A loss of the outputs and the labels. */
    record OfOutputs(Node target, Loss loss) implements Objective {
        @Override
        public INDArray losses(Pass pass) {
            INDArray outputs = outputs(pass);
            return fitting("the values", loss, outputs, loss.values(outputs, labels(pass.batch)), outputs.size(0));
        }

        @Override
        public INDArray slopes(Pass pass) {
            INDArray outputs = outputs(pass);
            INDArray labels = labels(pass.batch);
            return labels != null && isOfClasses(labels)
                    ? pass.kernels.lessOneAt(pass.kernels.softmax(outputs).value(), labels)
                    : fitting("the gradient", loss, outputs, loss.gradient(outputs, labels), outputs.shape());
        }

        @Override
        public INDArray curvature(Pass pass, INDArray tangent) {
            INDArray outputs = outputs(pass);
            INDArray labels = labels(pass.batch);
            return labels != null && isOfClasses(labels)
                    ? pass.kernels.softmax(outputs).product(tangent)
                    : fitting(
                            "the Hessian-vector product",
                            loss,
                            outputs,
                            loss.hessianVectorProduct(outputs, labels, tangent),
                            outputs.shape());
        }

        @Override
        public INDArray measured(Pass pass) {
            return pass.output();
        }

        @Override
        public Objective moved(UnaryOperator<Node> copies) {
            return new OfOutputs(copies.apply(target), loss);
        }

        @Override
        public List<String> arrays() {
            return List.of(Batch.LABELS);
        }

        /** Whether the loss is softmax cross-entropy with class indices, which kernels compute themselves. */
        private boolean isOfClasses(INDArray labels) {
            return labels.rank() == 1 && loss.equals(Loss.softmaxCrossEntropy());
        }

        @Override
        public void addGaussNewton(Pass pass, List<GradientSum> products) {
            for (int i = 0; i < products.size(); i++) {
                INDArray adjoint = pass.perExample(curvature(pass, pass.outputTangent(i)));
                pass.backward(WayBack.to(products.get(i), Map.of(target, adjoint)));
            }
        }

        @Override
        public List<Map<Node, INDArray>> curvatureSlopes(Pass pass, int most, long... seeds) {
            INDArray outputs = outputs(pass);
            OutputHessians hessians = OutputHessians.of(List.of(outputs), pass.batch.size(), units -> units.stream()
                    .map(unit -> List.of(curvature(pass, unit.get(0))))
                    .toList());
            return hessians.slopes(most, seeds).stream()
                    .map(slope -> Map.of(target, slope.get(0)))
                    .toList();
        }

        private static INDArray outputs(Pass pass) {
            INDArray outputs = pass.output();
            Check.argument(
                    outputs.rank() == 2,
                    "the outputs have shape %s: a loss is taken of [n, c]",
                    Arrays.toString(outputs.shape()));
            return outputs;
        }

        private @Nullable INDArray labels(Batch batch) {
            return batch.find(Batch.LABELS);
        }
    }
}
