package dev.fastif.hvp.dl4j;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import dev.fastif.core.Model;
import dev.fastif.core.ParameterLayout;
import dev.fastif.core.TestArrays;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What a model of a network must agree with: DL4J's own losses and gradients, and central differences. */
final class Oracle {
    private static final double STEP = 1e-5;

    private final Gradients.Maker maker;
    private final Function<Gradients, Model> translator;
    private final Model model;

    Oracle(Gradients.Maker maker, Function<Gradients, Model> translator) {
        this.maker = maker;
        this.translator = translator;
        this.model = translator.apply(maker.copy());
    }

    void gradientIsDl4js(Batch batch, double tolerance) {
        assertClose(flat(maker.copy().gradient(batch)).divi(batch.size()), model.gradient(batch), tolerance);
    }

    private INDArray flat(Map<String, INDArray> parts) {
        ParameterLayout layout = model.parameters();
        INDArray flat = Nd4j.create(layout.dataType(), layout.size());
        layout.names().forEach(name -> {
            INDArray view = layout.view(flat, name);
            INDArray part = Objects.requireNonNull(parts.get(name), name);
            view.assign(part.dup('c').reshape('c', view.shape()));
        });
        return flat;
    }

    /** Against central differences of DL4J's losses. */
    void directionalDerivativesAreSlopesOfDl4jsLosses(Batch batch, double scoreFactor, double tolerance) {
        INDArray v = direction(1);
        INDArray slope = difference(v, net -> net.losses(batch)).muli(scoreFactor);
        assertClose(slope.reshape(slope.length()), model.directionalDerivatives(batch, v), tolerance);
        INDArray gradient = model.gradient(batch);
        double mean = slope.meanNumber().doubleValue();
        double scale = Math.max(Math.abs(mean), gradient.norm2Number().doubleValue());
        assertTrue(Math.abs(mean - gradient.mul(v).sumNumber().doubleValue()) <= tolerance * scale);
    }

    /** Against central differences of our gradient. */
    void hessianVectorProductIsTheSlopeOfTheGradient(Batch batch, double tolerance) {
        INDArray v = direction(2);
        assertClose(
                difference(v, net -> translator.apply(net).gradient(batch)),
                model.hessianVectorProduct(batch, v),
                tolerance);
    }

    INDArray direction(long seed) {
        return TestArrays.normal(seed, model.parameters().size())
                .castTo(model.parameters().dataType());
    }

    private INDArray difference(INDArray v, Function<Gradients, INDArray> quantity) {
        Gradients up = maker.copy();
        move(up, v, STEP);
        Gradients down = maker.copy();
        move(down, v, -STEP);
        return quantity.apply(up).sub(quantity.apply(down)).divi(2 * STEP);
    }

    private void move(Gradients net, INDArray v, double by) {
        ParameterLayout layout = model.parameters();
        layout.names().forEach(name -> {
            INDArray target = Objects.requireNonNull(net.parameters().get(name), name);
            target.addi(layout.view(v, name).mul(by).reshape('c', target.shape()));
        });
    }

    /** Every element within {@code tolerance} times the largest that was expected, which counts as 1e-3 if it is smaller. */
    static void assertClose(INDArray expected, INDArray actual, double tolerance) {
        TestArrays.assertClose(expected, actual, tolerance, 1e-3);
    }
}
