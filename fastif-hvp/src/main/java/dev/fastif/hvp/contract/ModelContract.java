package dev.fastif.hvp.contract;

import dev.fastif.core.Batch;
import dev.fastif.core.Model;
import dev.fastif.core.internal.Check;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What a model promises: that its losses are those of what it is a model of, and its derivatives those of these losses, by
 * central differences in double precision. The gradients of that library are not asked: some are wrong.
 *
 * <p>{@code Dl4jModel.builder(net).rule(...).check(batch)} and the same of SameDiffModel check rules by it.
 */
public final class ModelContract {
    /** Values of two libraries. */
    private static final double SAME = 1e-9;

    private static final double FIRST_STEP = 1e-4;
    private static final double FIRST = 1e-5;

    private static final double SECOND_STEP = 1e-3;
    private static final double SECOND = 1e-4;

    private final Model model;
    private final UnaryOperator<INDArray> losses;
    private final Batch batch;
    private final INDArray theta;

    private ModelContract(Model model, UnaryOperator<INDArray> losses, Batch batch) {
        this.model = model;
        this.losses = losses;
        this.batch = batch;
        this.theta = model.parameterValues();
    }

    /**
     * Checks a model on a batch.
     *
     * @param model of double precision, its parameters where the losses can be differentiated twice
     * @param losses the losses [n] of the batch's examples at parameters [p], by what it is a model of
     * @throws AssertionError if they differ; the message says in what, and by how much
     * @throws IllegalArgumentException if the model is of another precision, where differences would say little
     */
    public static void check(Model model, UnaryOperator<INDArray> losses, Batch batch) {
        DataType type = model.parameters().dataType();
        Check.argument(type == DataType.DOUBLE, "the model computes in %s: make one of DOUBLE", type);
        new ModelContract(model, losses, batch).check();
    }

    private void check() {
        Closeness.require("the losses", SAME, losses.apply(theta), model.losses(batch));
        INDArray v = direction(1);
        INDArray gradient = model.gradient(batch);
        INDArray product = model.hessianVectorProduct(batch, v);
        Closeness.require("the directional derivatives", FIRST, slope(v), model.directionalDerivatives(batch, v));
        for (INDArray u : List.of(direction(2), unit(gradient))) {
            double slope = slope(u).meanNumber().doubleValue();
            requireClose("the gradient along a direction", FIRST, slope, gradient, u);
        }
        for (INDArray u : List.of(direction(2), unit(product))) {
            requireClose("the Hessian-vector product along a direction", SECOND, bend(u, v), product, u);
        }
    }

    private INDArray direction(long seed) {
        return unit(Closeness.normal(seed, theta.length()));
    }

    private static INDArray unit(INDArray vector) {
        return vector.div(Math.max(vector.norm2Number().doubleValue(), Double.MIN_NORMAL));
    }

    private INDArray slope(INDArray direction) {
        INDArray step = direction.mul(FIRST_STEP);
        return losses.apply(theta.add(step)).sub(losses.apply(theta.sub(step))).divi(2 * FIRST_STEP);
    }

    /** The second derivative of the mean loss along two directions. */
    private double bend(INDArray u, INDArray v) {
        INDArray alike = u.add(v).muli(SECOND_STEP);
        INDArray unlike = u.sub(v).muli(SECOND_STEP);
        ToDoubleFunction<INDArray> mean =
                step -> losses.apply(theta.add(step)).meanNumber().doubleValue();
        double bend = mean.applyAsDouble(alike)
                - mean.applyAsDouble(unlike)
                - mean.applyAsDouble(unlike.neg())
                + mean.applyAsDouble(alike.neg());
        return bend / (4 * SECOND_STEP * SECOND_STEP);
    }

    /** Requires that a vector's part along a direction is this, up to a part of the whole vector. */
    private static void requireClose(
            String what, double tolerance, double expected, INDArray vector, INDArray direction) {
        double size = Math.max(1e-3, vector.norm2Number().doubleValue());
        double part = vector.mul(direction).sumNumber().doubleValue();
        Closeness.require(what, tolerance, Nd4j.createFromArray(expected, size), Nd4j.createFromArray(part, size));
    }
}
