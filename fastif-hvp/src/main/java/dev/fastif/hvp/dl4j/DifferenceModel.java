package dev.fastif.hvp.dl4j;

import dev.fastif.core.Batch;
import dev.fastif.core.Loss;
import dev.fastif.core.Measurement;
import dev.fastif.core.Model;
import dev.fastif.core.ParameterLayout;
import dev.fastif.core.Regularizer;
import dev.fastif.hvp.internal.LossOfModel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Central differences of DL4J's gradients and losses, along unit directions. Its copy of the network serves one call at a time. */
final class DifferenceModel implements Model {
    /** Steps where rounding and curvature weigh about the same: the cube roots of the precisions. */
    private static final double FLOAT_STEP = 5e-3;

    private static final double DOUBLE_STEP = 1e-5;

    private final Source source;
    private final Gradients.Maker maker;
    private final Gradients net;
    private final @Nullable String features;
    private final ParameterLayout layout;
    private final INDArray theta;
    private final Regularizer regularizer;

    DifferenceModel(Source source, Gradients.Maker maker, @Nullable String features, Regularizer regularizer) {
        this.source = source;
        this.maker = maker;
        this.net = maker.copy();
        this.features = features;
        this.regularizer = regularizer;
        Map<String, long[]> shapes = new LinkedHashMap<>();
        source.trained().keySet().forEach(name -> {
            INDArray value = parameter(name);
            shapes.put(name, Source.isBias(name) ? new long[] {value.length()} : value.shape());
        });
        layout = ParameterLayout.of(shapes, source.dataType());
        theta = Nd4j.create(layout.dataType(), layout.size());
        layout.names().forEach(name -> {
            INDArray view = layout.view(theta, name);
            view.assign(parameter(name).dup('c').reshape('c', view.shape()));
        });
    }

    private INDArray parameter(String name) {
        INDArray value = net.parameters().get(name);
        if (value == null) {
            throw new IllegalStateException("the network has lost its parameter " + name);
        }
        return value;
    }

    @Override
    public ParameterLayout parameters() {
        return layout;
    }

    @Override
    public INDArray parameterValues() {
        return theta.dup();
    }

    @Override
    public Loss loss() {
        return new LossOfModel("the loss of the network");
    }

    @Override
    public Regularizer regularizer() {
        return regularizer;
    }

    @Override
    public INDArray outputs(Batch batch) {
        throw new UnsupportedOperationException(
                "DL4J does not give the outputs before their activation: CurvatureMode.FINITE_DIFFERENCE measures the loss alone");
    }

    @Override
    public synchronized INDArray features(Batch batch) {
        INDArray activations = net.activations(batch, features).detach();
        return activations.dup('c').reshape('c', activations.size(0), -1);
    }

    @Override
    public synchronized INDArray losses(Batch batch) {
        INDArray losses = net.losses(batch);
        return losses.dup('c').reshape(losses.length());
    }

    @Override
    public synchronized INDArray gradient(Batch batch, Measurement measurement) {
        if (!measurement.equals(loss())) {
            throw new UnsupportedOperationException(
                    measurement + " is measured: CurvatureMode.FINITE_DIFFERENCE measures the loss alone");
        }
        INDArray gradient = Nd4j.create(layout.dataType(), layout.size());
        Map<String, INDArray> parts = net.gradient(batch);
        layout.names().forEach(name -> {
            INDArray view = layout.view(gradient, name);
            INDArray part = parts.get(name);
            if (part != null) {
                view.assign(part.dup('c').reshape('c', view.shape()));
            }
        });
        return gradient.divi(batch.size());
    }

    @Override
    public INDArray hessianVectorProduct(Batch batch, INDArray vector) {
        return difference(layout.require("vector", vector), () -> gradient(batch));
    }

    @Override
    public List<INDArray> gaussNewtonProducts(Batch batch, List<INDArray> vectors) {
        throw new UnsupportedOperationException(
                "finite differences of gradients are those of the Hessian: choose CurvatureMatrix.HESSIAN, or CurvatureMode.EXACT");
    }

    @Override
    public INDArray directionalDerivatives(Batch batch, INDArray direction) {
        return difference(layout.require("direction", direction), () -> losses(batch));
    }

    private synchronized INDArray difference(INDArray vector, Supplier<INDArray> quantity) {
        double norm = vector.norm2Number().doubleValue();
        if (norm == 0) {
            return quantity.get().muli(0);
        }
        double step = (layout.dataType() == DataType.FLOAT ? FLOAT_STEP : DOUBLE_STEP) / norm;
        try {
            move(theta.add(vector.mul(step)));
            INDArray up = quantity.get();
            move(theta.sub(vector.mul(step)));
            return up.subi(quantity.get()).divi(2 * step);
        } finally {
            move(theta);
        }
    }

    private void move(INDArray to) {
        layout.names().forEach(name -> {
            INDArray target = parameter(name);
            target.assign(layout.view(to, name).reshape('c', target.shape()));
        });
    }

    @Override
    public DifferenceModel replicate() {
        return new DifferenceModel(source, maker, features, regularizer);
    }
}
