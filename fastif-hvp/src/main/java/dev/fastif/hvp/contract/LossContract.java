package dev.fastif.hvp.contract;

import dev.fastif.core.Loss;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * What a {@link Loss} promises: its gradient is the slope of its values and its Hessian-vector product the slope of its gradient, by
 * central differences in double precision; the Hessian is symmetric; an example's loss depends on its own outputs alone; arguments
 * stay as they are; single precision gives the same, up to rounding.
 *
 * <pre>{@code
 * LossContract.check(new MyLoss(), Nd4j.randn(DataType.DOUBLE, 5, 3), Nd4j.createFromArray(0, 1, 2, 1, 0));
 * }</pre>
 */
public final class LossContract {
    private static final double STEP = 1e-4;
    private static final double EXACT = 1e-5;
    private static final double SINGLE = 5e-3;

    private final Loss loss;
    private final INDArray outputs;
    private final @Nullable INDArray labels;

    private LossContract(Loss loss, INDArray outputs, @Nullable INDArray labels) {
        this.loss = loss;
        this.outputs = outputs.castTo(DataType.DOUBLE);
        this.labels = labels;
    }

    /**
     * Checks a loss.
     *
     * @param outputs [n, c], where the loss can be differentiated twice
     * @param labels [n] or [n, c], or null if the loss takes none
     * @throws AssertionError if it breaks its contract; the message says what differs by how much
     */
    public static void check(Loss loss, INDArray outputs, @Nullable INDArray labels) {
        new LossContract(loss, outputs, labels).check();
    }

    private void check() {
        INDArray u = Closeness.normal(1, outputs.shape());
        INDArray v = Closeness.normal(2, outputs.shape());
        INDArray before = outputs.dup();
        INDArray gradient = loss.gradient(outputs, labels);
        INDArray product = loss.hessianVectorProduct(outputs, labels, v);
        Closeness.require("the outputs after all three methods", 0, before, outputs);
        Closeness.require(
                "the gradient along a direction",
                EXACT,
                slope(v, at -> loss.values(at, labels)),
                gradient.mul(v).sum(1));
        Closeness.require("the Hessian-vector product", EXACT, slope(v, at -> loss.gradient(at, labels)), product);
        Closeness.require(
                "u H v against v H u",
                1e-8,
                product.mul(u).sum(1),
                loss.hessianVectorProduct(outputs, labels, u).mul(v).sum(1));
        examplesAreApart();
        INDArray single = outputs.castTo(DataType.FLOAT);
        Closeness.require("the gradient in single precision", SINGLE, gradient, loss.gradient(single, labels));
        Closeness.require(
                "the Hessian-vector product in single precision",
                SINGLE,
                product,
                loss.hessianVectorProduct(single, labels, v.castTo(DataType.FLOAT)));
    }

    private void examplesAreApart() {
        INDArray all = loss.values(outputs, labels);
        for (int i = 0; i < outputs.size(0); i++) {
            INDArray alone = loss.values(row(outputs, i), labels == null ? null : row(labels, i));
            Closeness.require(
                    "the loss of example " + i + " without the others of its batch",
                    1e-9,
                    Nd4j.scalar(all.getDouble(i)),
                    Nd4j.scalar(alone.getDouble(0)));
        }
    }

    private static INDArray row(INDArray array, int i) {
        return array.rank() == 1
                ? array.get(NDArrayIndex.interval(i, i + 1)).dup('c')
                : array.get(NDArrayIndex.interval(i, i + 1), NDArrayIndex.all()).dup('c');
    }

    private INDArray slope(INDArray direction, Function<INDArray, INDArray> function) {
        INDArray above = function.apply(outputs.add(direction.mul(STEP)));
        return above.sub(function.apply(outputs.sub(direction.mul(STEP)))).divi(2 * STEP);
    }
}
