package dev.fastif.hvp.contract;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Loss;
import dev.fastif.core.TestArrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** The kit lets the library's own losses pass, and finds every part of one that is wrong. */
class LossContractTest {
    private static final INDArray OUTPUTS = TestArrays.normal(1, 5, 3);

    /** What is wrong with {@link Exponential}. */
    enum Fault {
        GRADIENT("the gradient along a direction"),
        HESSIAN("the Hessian-vector product"),
        /** Of one element, over which ND4J's maxima pass. */
        NO_NUMBER("the Hessian-vector product"),
        OTHER_EXAMPLES("the gradient along a direction"),
        ARGUMENT("the outputs after all three methods"),
        SINGLE_PRECISION("single precision");

        private final String message;

        Fault(String message) {
            this.message = message;
        }
    }

    /** sum_j exp(z_j); or almost. */
    private record Exponential(@Nullable Fault fault) implements Loss {
        @Override
        public INDArray values(INDArray outputs, @Nullable INDArray labels) {
            INDArray values = Transforms.exp(outputs, true).sum(1);
            return fault == Fault.OTHER_EXAMPLES ? values.mul(values.meanNumber()) : values;
        }

        @Override
        public INDArray gradient(INDArray outputs, @Nullable INDArray labels) {
            boolean single = fault == Fault.SINGLE_PRECISION && outputs.dataType() == DataType.FLOAT;
            INDArray gradient = Transforms.exp(outputs, true).muli(fault == Fault.GRADIENT || single ? 1.1 : 1);
            if (fault == Fault.ARGUMENT) {
                outputs.muli(2);
            }
            return gradient;
        }

        @Override
        public INDArray hessianVectorProduct(INDArray outputs, @Nullable INDArray labels, INDArray tangent) {
            INDArray product = Transforms.exp(outputs, true).muli(tangent);
            if (fault == Fault.NO_NUMBER) {
                product.putScalar(0, Double.NaN);
            }
            return fault == Fault.HESSIAN ? tangent.dup() : product;
        }
    }

    @Test
    void lossesThatAreRightPass() {
        LossContract.check(new Exponential(null), OUTPUTS, null);
        LossContract.check(Loss.softmaxCrossEntropy(), OUTPUTS, Nd4j.createFromArray(0, 2, 1, 1, 0));
        LossContract.check(Loss.squaredError(), OUTPUTS, TestArrays.normal(2, 5, 3));
        LossContract.check(
                Loss.binaryCrossEntropy(),
                OUTPUTS,
                TestArrays.normal(2, 5, 3).gt(0).castTo(DataType.DOUBLE));
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    void everyFaultIsFound(Fault fault) {
        AssertionError found = assertThrows(
                AssertionError.class, () -> LossContract.check(new Exponential(fault), OUTPUTS.dup(), null));
        String message = Objects.requireNonNull(found.getMessage());
        assertTrue(message.contains(fault.message), message);
    }
}
