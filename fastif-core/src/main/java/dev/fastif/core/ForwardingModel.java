package dev.fastif.core;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A model that leaves everything to another: for wrappers, which override what they add to. Only {@link #replicate} is not
 * forwarded, since a copy must be wrapped again. As thread-safe as the other model.
 */
public abstract class ForwardingModel implements Model {
    private final Model model;

    /** Forwards to this model. */
    protected ForwardingModel(Model model) {
        this.model = model;
    }

    @Override
    public ParameterLayout parameters() {
        return model.parameters();
    }

    @Override
    public INDArray parameterValues() {
        return model.parameterValues();
    }

    @Override
    public long revision() {
        return model.revision();
    }

    @Override
    public Loss loss() {
        return model.loss();
    }

    @Override
    public Regularizer regularizer() {
        return model.regularizer();
    }

    @Override
    public INDArray outputs(Batch batch) {
        return model.outputs(batch);
    }

    @Override
    public INDArray features(Batch batch) {
        return model.features(batch);
    }

    @Override
    public INDArray losses(Batch batch) {
        return model.losses(batch);
    }

    @Override
    public INDArray gradient(Batch batch, Measurement measurement) {
        return model.gradient(batch, measurement);
    }

    @Override
    public INDArray hessianVectorProduct(Batch batch, INDArray vector) {
        return model.hessianVectorProduct(batch, vector);
    }

    @Override
    public List<INDArray> hessianVectorProducts(Batch batch, List<INDArray> vectors) {
        return model.hessianVectorProducts(batch, vectors);
    }

    @Override
    public List<INDArray> gaussNewtonProducts(Batch batch, List<INDArray> vectors) {
        return model.gaussNewtonProducts(batch, vectors);
    }

    @Override
    public Iteration<Batch> iteration(CurvatureMatrix matrix, Recurrence recurrence) {
        return model.iteration(matrix, recurrence);
    }

    @Override
    public INDArray directionalDerivatives(Batch batch, INDArray direction) {
        return model.directionalDerivatives(batch, direction);
    }

    @Override
    public void exampleGradients(Batch batch, Measurement measurement, GradientSink sink) {
        model.exampleGradients(batch, measurement, sink);
    }

    @Override
    public void curvatureGradients(Batch batch, int most, GradientSink sink, long... seeds) {
        model.curvatureGradients(batch, most, sink, seeds);
    }
}
