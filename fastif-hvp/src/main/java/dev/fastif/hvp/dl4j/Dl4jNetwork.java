package dev.fastif.hvp.dl4j;

import dev.fastif.core.Batch;
import dev.fastif.core.ParameterLayout;
import dev.fastif.core.Regularizer;
import dev.fastif.hvp.internal.DifferenceModel;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A copy of a user's network that DL4J evaluates. Not thread-safe. */
final class Dl4jNetwork implements DifferenceModel.Network {
    private final Gradients net;
    private final @Nullable String features;
    private final ParameterLayout layout;
    private final Regularizer regularizer;

    Dl4jNetwork(Source source, Gradients net, @Nullable String features, Regularizer regularizer) {
        this.net = net;
        this.features = features;
        this.regularizer = regularizer;
        Map<String, long[]> shapes = new LinkedHashMap<>();
        source.trained().keySet().forEach(name -> {
            INDArray value = parameter(name);
            shapes.put(name, Source.isBias(name, value) ? new long[] {value.length()} : value.shape());
        });
        layout = ParameterLayout.of(shapes, source.dataType());
    }

    private INDArray parameter(String name) {
        INDArray value = net.parameters().get(name);
        if (value == null) {
            throw new IllegalStateException("the network has lost its parameter " + name);
        }
        return value;
    }

    @Override
    public String library() {
        return "DL4J";
    }

    @Override
    public ParameterLayout parameters() {
        return layout;
    }

    @Override
    public void read(INDArray theta) {
        layout.names().forEach(name -> {
            INDArray view = layout.view(theta, name);
            view.assign(parameter(name).dup('c').reshape('c', view.shape()));
        });
    }

    @Override
    public void write(INDArray theta) {
        layout.names().forEach(name -> {
            INDArray target = parameter(name);
            target.assign(layout.view(theta, name).reshape('c', target.shape()));
        });
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
    public INDArray features(Batch batch) {
        return net.features(batch, features);
    }

    @Override
    public double mean(Batch batch) {
        return losses(batch).castTo(DataType.DOUBLE).meanNumber().doubleValue();
    }

    @Override
    public INDArray losses(Batch batch) {
        INDArray losses = net.losses(batch);
        return losses.dup('c').reshape(losses.length());
    }

    @Override
    public INDArray gradient(Batch batch) {
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
}
