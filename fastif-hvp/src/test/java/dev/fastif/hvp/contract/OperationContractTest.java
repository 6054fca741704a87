package dev.fastif.hvp.contract;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.TestArrays;
import dev.fastif.hvp.autodiff.Frame;
import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.SimpleOperation;
import dev.fastif.hvp.autodiff.kernels.Kernels;
import dev.fastif.hvp.autodiff.operations.Bilinear;
import dev.fastif.hvp.autodiff.operations.Layers;
import dev.fastif.hvp.autodiff.operations.LinearMap;
import dev.fastif.hvp.autodiff.operations.Picked;
import dev.fastif.hvp.autodiff.operations.Pointwise;
import dev.fastif.hvp.autodiff.operations.Tensors;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The kit lets right operations pass, of each family, and finds every part of one that is wrong. */
class OperationContractTest {
    /** What is wrong with {@link Squares}. */
    enum Fault {
        VALUE_OF_OTHER_EXAMPLES("without the others of its batch"),
        TANGENT("directional derivatives"),
        TANGENT_NOT_FINITE("directional derivatives"),
        ADJOINT("the gradient along a direction"),
        GRADIENT("the gradient along a direction"),
        ADJOINT_TANGENT("Hessian-vector product"),
        GRADIENT_TANGENT("Hessian-vector product"),
        SINGLE_PRECISION("single precision");

        private final String message;

        Fault(String message) {
            this.message = message;
        }
    }

    /** y = g x^2 for each row of x [n, c] and a parameter g [c]; or almost. */
    private record Squares(List<Fault> faults) implements SimpleOperation {
        @Override
        public INDArray value(Frame f) {
            INDArray x = f.input(0);
            INDArray y = x.mul(x).muliRowVector(f.parameter(0));
            if (has(Fault.VALUE_OF_OTHER_EXAMPLES)) {
                y.addiRowVector(y.mean(0));
            }
            return has(Fault.SINGLE_PRECISION) && x.dataType() == org.nd4j.linalg.api.buffer.DataType.FLOAT
                    ? y.muli(1.1)
                    : y;
        }

        @Override
        public INDArray tangent(Frame f) {
            INDArray x = f.input(0);
            INDArray dx = f.inputTangent(0);
            INDArray dg = f.parameterTangent(0);
            INDArray dy = x.ulike().assign(0);
            if (dx != null) {
                dy.addi(x.mul(dx).muliRowVector(f.parameter(0)).muli(has(Fault.TANGENT) ? 1 : 2));
            }
            if (has(Fault.TANGENT_NOT_FINITE)) {
                dy.putScalar(dy.length() - 1, Double.NaN);
            }
            return dg == null ? dy : dy.addi(x.mul(x).muliRowVector(dg));
        }

        @Override
        public void adjoint(Frame f) {
            if (f.isActive(0)) {
                INDArray slope = f.input(0).mulRowVector(f.parameter(0)).muli(has(Fault.ADJOINT) ? -2 : 2);
                f.addAdjoint(0, slope.muli(f.adjoint()));
            }
        }

        @Override
        public void gradient(Frame f) {
            if (f.isTrainable(0)) {
                INDArray x = f.input(0);
                f.sink(0)
                        .addi(x.mul(has(Fault.GRADIENT) ? x.add(1) : x)
                                .muli(f.adjoint())
                                .sum(0));
            }
        }

        @Override
        public void adjointTangent(Frame f) {
            INDArray x = f.input(0);
            INDArray dx = f.inputTangent(0);
            INDArray dg = f.parameterTangent(0);
            if (f.isActive(0)) {
                INDArray sent = x.mulRowVector(f.parameter(0)).muli(2).muli(f.adjointTangent());
                if (dx != null && !has(Fault.ADJOINT_TANGENT)) {
                    sent.addi(dx.mulRowVector(f.parameter(0)).muli(2).muli(f.adjoint()));
                }
                f.addAdjointTangent(
                        0,
                        dg == null ? sent : sent.addi(x.mulRowVector(dg).muli(2).muli(f.adjoint())));
            }
            if (f.isTrainable(0)) {
                f.sink(0).addi(x.mul(x).muli(f.adjointTangent()).sum(0));
                if (dx != null && !has(Fault.GRADIENT_TANGENT)) {
                    f.sink(0).addi(x.mul(dx).muli(2).muli(f.adjoint()).sum(0));
                }
            }
        }

        private boolean has(Fault fault) {
            return faults.contains(fault);
        }
    }

    private static final INDArray ROWS = TestArrays.normal(1, 3, 4);

    private static OperationContract squares(Fault... faults) {
        return OperationContract.of((graph, inputs, parameters) ->
                        graph.apply(new Squares(List.of(faults)), inputs, parameters.get(0)))
                .input(ROWS)
                .parameter(TestArrays.normal(2, 4).reshape(4));
    }

    @Test
    void anOperationThatIsRightPasses() {
        squares().check();
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    void everyFaultIsFound(Fault fault) {
        AssertionError found =
                assertThrows(AssertionError.class, () -> squares(fault).check());
        String message = Objects.requireNonNull(found.getMessage());
        assertTrue(message.contains(fault.message), message);
    }

    private record Doubled() implements LinearMap {
        @Override
        public Plan at(List<INDArray> inputs) {
            return Plan.of(x -> x.mul(2), g -> g.mul(2));
        }
    }

    private record Reversed() implements Picked.Pick {
        @Override
        public Picked.Places at(List<INDArray> inputs) {
            long[] shape = inputs.get(0).shape();
            int columns = (int) shape[1];
            return Picked.Places.of(at -> at[0] * columns + columns - 1 - at[1], shape);
        }
    }

    /** The product with the other's elements in reverse. */
    private record Crossed() implements Bilinear {
        @Override
        public INDArray apply(Kernels kernels, INDArray a, INDArray b) {
            return a.mul(Nd4j.reverse(b.dup('c').reshape(b.length())).reshape(b.shape()));
        }

        @Override
        public INDArray toFirst(Kernels kernels, INDArray adjoint, INDArray a, INDArray b) {
            return apply(kernels, adjoint, b);
        }

        @Override
        public INDArray toSecond(Kernels kernels, INDArray adjoint, INDArray a, INDArray b) {
            INDArray product = adjoint.mul(a).dup('c');
            return Nd4j.reverse(product.reshape(product.length())).reshape(b.shape());
        }
    }

    static Stream<Arguments> families() {
        Pointwise cubed = Pointwise.of("cubed", x -> x.times(x).times(x));
        return Stream.of(
                family("linear map", x -> new Tensors(x.builder()).map(new Doubled(), List.of(x))),
                family("picked", x -> new Tensors(x.builder()).take(new Reversed(), x)),
                family("every element", x -> new Tensors(x.builder()).apply(cubed, x)),
                family("of kernels, recorded", Layers::gelu));
    }

    private static Arguments family(String name, UnaryOperator<Node> operation) {
        return Arguments.of(Named.of(name, operation));
    }

    @ParameterizedTest
    @MethodSource("families")
    void operationsOfEveryFamilyPass(UnaryOperator<Node> operation) {
        OperationContract.of((graph, inputs, parameters) -> operation.apply(inputs.get(0)))
                .input(ROWS)
                .check();
    }

    /** Bilinear maps mix what they are given as they like: this one mixes examples, which is found. */
    @Test
    void productsThatMixExamplesAreFound() {
        OperationContract contract = OperationContract.of((graph, inputs, parameters) ->
                        new Tensors(graph).product(new Crossed(), inputs.get(0), inputs.get(1)))
                .input(ROWS)
                .input(TestArrays.normal(5, 3, 4));
        AssertionError found = assertThrows(AssertionError.class, contract::check);
        assertTrue(String.valueOf(found.getMessage()).contains("without the others"), found.getMessage());
    }

    @Test
    void aContractWithoutInputsIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> OperationContract.of((graph, inputs, parameters) -> {
                    throw new IllegalStateException();
                })
                .check());
    }
}
