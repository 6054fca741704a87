package dev.fastif.hvp.contract;

import dev.fastif.core.Batch;
import dev.fastif.core.CurvatureMatrix;
import dev.fastif.core.Iteration;
import dev.fastif.core.Loss;
import dev.fastif.core.Recurrence;
import dev.fastif.core.internal.Check;
import dev.fastif.hvp.autodiff.Graph;
import dev.fastif.hvp.autodiff.GraphModel;
import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.Parameter;
import dev.fastif.hvp.autodiff.operations.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * What an operation of a graph promises, checked in networks that are made around it: its inputs and parameters trained or
 * frozen, in every combination of one or all of them.
 *
 * <ul>
 *   <li>the gradient, the directional derivatives and the Hessian-vector products are those of central differences in double
 *       precision, and the Hessian is symmetric;
 *   <li>several directions at once give what each gives alone;
 *   <li>an example's value does not depend on the others of its batch;
 *   <li>single precision gives the same, up to rounding;
 *   <li>the steps of a solver, which may record what the operation does and do it again for another batch, give the same too.
 * </ul>
 *
 * <pre>{@code
 * OperationContract.of((graph, inputs, parameters) -> graph.apply(new MyOperation(), inputs))
 *         .input(Nd4j.randn(DataType.DOUBLE, 3, 4))
 *         .check();
 * }</pre>
 *
 * <p>Values must lie where the operation can be differentiated twice. Immutable.
 */
public final class OperationContract {
    /** How the operation is added to a graph. */
    @FunctionalInterface
    public interface Use {
        /**
         * Adds the operation.
         *
         * @param inputs as many as the contract was given, in that order
         * @param parameters likewise
         * @return its value, [n, ...]
         */
        Node add(Graph.Builder graph, List<Node> inputs, List<Parameter> parameters);
    }

    /** What of the inputs and parameters is trained, beside its name for messages. */
    private record Trained(String name, List<Boolean> inputs, List<Boolean> parameters) {}

    private static final double STEP = 1e-4;
    private static final double EXACT = 1e-5;
    private static final double SINGLE = 5e-3;

    private final Use use;
    private final List<INDArray> inputs;
    private final List<INDArray> parameters;

    private OperationContract(Use use, List<INDArray> inputs, List<INDArray> parameters) {
        this.use = use;
        this.inputs = List.copyOf(inputs);
        this.parameters = List.copyOf(parameters);
    }

    /** The contract of an operation, without inputs as yet. */
    public static OperationContract of(Use use) {
        return new OperationContract(use, List.of(), List.of());
    }

    /** With one more input, [n, ...] with n at least 2 and the same for all. */
    public OperationContract input(INDArray value) {
        Check.argument(
                value.rank() >= 2 && value.size(0) >= 2,
                "an input has shape %s: it must be [n, ...], of at least two examples",
                Arrays.toString(value.shape()));
        List<INDArray> more = new ArrayList<>(inputs);
        more.add(value.castTo(DataType.DOUBLE));
        return new OperationContract(use, more, parameters);
    }

    /** With one more parameter. */
    public OperationContract parameter(INDArray value) {
        List<INDArray> more = new ArrayList<>(parameters);
        more.add(value.castTo(DataType.DOUBLE));
        return new OperationContract(use, inputs, more);
    }

    /**
     * Checks the operation.
     *
     * @throws AssertionError if it breaks its contract; the message says what was trained, and what differs by how much
     */
    public void check() {
        Check.argument(!inputs.isEmpty(), "the contract has no input: give at least one");
        for (Trained trained : combinations()) {
            new Checked(trained).check();
        }
    }

    /** All trained, each alone, and all but each. */
    private List<Trained> combinations() {
        int count = inputs.size() + parameters.size();
        List<Trained> all = new ArrayList<>(List.of(trained("everything trained", -1, true, count)));
        for (int i = 0; count > 1 && i < count; i++) {
            String name = i < inputs.size() ? "input " + i : "parameter " + (i - inputs.size());
            all.add(trained("only " + name + " trained", i, false, count));
            if (count > 2) {
                all.add(trained("everything trained but " + name, i, true, count));
            }
        }
        return all;
    }

    private Trained trained(String name, int chosen, boolean others, int count) {
        List<Boolean> flags = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            flags.add((i == chosen) != others);
        }
        return new Trained(name, flags.subList(0, inputs.size()), flags.subList(inputs.size(), count));
    }

    /** The contract for one choice of what is trained. */
    private final class Checked {
        private final Trained trained;
        private final GraphModel model;
        private final Batch batch;

        Checked(Trained trained) {
            this.trained = trained;
            this.model = model(DataType.DOUBLE);
            Batch unlabelled = batch();
            INDArray outputs = model.outputs(unlabelled);
            this.batch = unlabelled.with(Batch.LABELS, outputs.add(Closeness.normal(99, outputs.shape())));
        }

        private Batch batch() {
            Map<String, INDArray> arrays = new HashMap<>();
            for (int i = 0; i < inputs.size(); i++) {
                arrays.put("input " + i, inputs.get(i));
            }
            return Batch.of(arrays);
        }

        /** The operation's value as a row for each example, under the squared error; what is trained shifts its inputs. */
        private GraphModel model(DataType type) {
            Graph.Builder graph = Graph.builder(type);
            Tensors ops = new Tensors(graph);
            List<Node> given = new ArrayList<>();
            for (int i = 0; i < inputs.size(); i++) {
                Node input = graph.input("input " + i);
                long[] shape = inputs.get(i).shape().clone();
                shape[0] = 1;
                INDArray zeros = Nd4j.zeros(type, shape);
                given.add(
                        trained.inputs.get(i)
                                ? ops.add(input, ops.value(graph.trainable("shift " + i, zeros)))
                                : input);
            }
            List<Parameter> used = new ArrayList<>();
            for (int i = 0; i < parameters.size(); i++) {
                String name = "parameter " + i;
                INDArray value = parameters.get(i);
                used.add(trained.parameters.get(i) ? graph.trainable(name, value) : graph.frozen(name, value));
            }
            Node rows = ops.reshape(use.add(graph, given, used), 0, -1);
            return GraphModel.builder(graph.build(), rows, Loss.squaredError()).build();
        }

        void check() {
            INDArray u = Closeness.normal(1, model.parameters().size());
            INDArray v = Closeness.normal(2, model.parameters().size());
            INDArray product = model.hessianVectorProduct(batch, v);
            examplesAreApart();
            requireClose(
                    "the directional derivatives",
                    EXACT,
                    slope(v, Quantity.LOSSES),
                    model.directionalDerivatives(batch, v));
            requireClose(
                    "the gradient along a direction",
                    EXACT,
                    slope(v, Quantity.LOSSES).mean(),
                    Nd4j.scalar(model.gradient(batch).mul(v).sumNumber().doubleValue()));
            requireClose("the Hessian-vector product", EXACT, slope(v, Quantity.GRADIENT), product);
            List<INDArray> together = model.hessianVectorProducts(batch, List.of(u, v));
            requireClose("the second of two products at once", 1e-9, product, together.get(1));
            requireClose(
                    "u H v against v H u",
                    1e-8,
                    Nd4j.scalar(product.mul(u).sumNumber().doubleValue()),
                    Nd4j.scalar(together.get(0).mul(v).sumNumber().doubleValue()));
            GraphModel single = model(DataType.FLOAT);
            requireClose("the gradient in single precision", SINGLE, model.gradient(batch), single.gradient(batch));
            requireClose(
                    "the Hessian-vector product in single precision",
                    SINGLE,
                    product,
                    single.hessianVectorProduct(batch, v.castTo(DataType.FLOAT)));
            stepsAreProducts(single, v.castTo(DataType.FLOAT));
        }

        private void examplesAreApart() {
            INDArray all = model.losses(batch);
            for (int i = 0; i < batch.size(); i++) {
                Map<String, INDArray> arrays = new HashMap<>();
                for (String name : batch.names()) {
                    INDArrayIndex[] index = NDArrayIndex.allFor(batch.get(name));
                    index[0] = NDArrayIndex.interval(i, i + 1);
                    arrays.put(name, batch.get(name).get(index).dup('c'));
                }
                Batch one = Batch.of(arrays);
                requireClose(
                        "the loss of example " + i + " without the others of its batch",
                        1e-9,
                        Nd4j.scalar(all.getDouble(i)),
                        Nd4j.scalar(model.losses(one).getDouble(0)));
            }
        }

        /** A recursion of a solver over batches of other numbers against products that nobody has recorded. */
        private void stepsAreProducts(GraphModel single, INDArray start) {
            INDArray x = start.dup();
            INDArray expected = start.dup();
            INDArray added = start.mul(0.1);
            double scale = Math.max(
                    1, single.hessianVectorProduct(batch, start).norm2Number().doubleValue());
            double factor = -0.1 / scale;
            try (Iteration<Batch> steps = single.iteration(
                    CurvatureMatrix.HESSIAN, new Recurrence(List.of(x), 0.9, factor, List.of(added)))) {
                for (int i = 0; i < 5; i++) {
                    Batch other = batch.with("input 0", inputs.get(0).mul(1 + 0.01 * i));
                    INDArray product = single.hessianVectorProduct(other, expected);
                    expected = expected.mul(0.9).addi(product.mul(factor)).addi(added);
                    steps.step(other);
                    requireClose("step " + i + " of a recursion, against products", SINGLE, expected, x);
                }
            }
        }

        private enum Quantity {
            LOSSES,
            GRADIENT
        }

        private INDArray slope(INDArray direction, Quantity quantity) {
            INDArray at = model.parameterValues();
            try {
                model.setParameterValues(at.add(direction.mul(STEP)));
                INDArray above = of(quantity);
                model.setParameterValues(at.sub(direction.mul(STEP)));
                return above.sub(of(quantity)).divi(2 * STEP);
            } finally {
                model.setParameterValues(at);
            }
        }

        private INDArray of(Quantity quantity) {
            return quantity == Quantity.LOSSES ? model.losses(batch) : model.gradient(batch);
        }

        private void requireClose(String what, double tolerance, INDArray expected, INDArray actual) {
            Closeness.require(trained.name + ", " + what, tolerance, expected, actual);
        }
    }
}
