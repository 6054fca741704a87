package dev.fastif.hvp.internal;

import dev.fastif.core.Batch;
import dev.fastif.core.CurvatureMatrix;
import dev.fastif.core.Iteration;
import dev.fastif.core.Loss;
import dev.fastif.core.Measurement;
import dev.fastif.core.Model;
import dev.fastif.core.ParameterLayout;
import dev.fastif.core.Regularizer;
import java.util.List;
import java.util.function.UnaryOperator;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A model that was made of a user's network: it completes batches, and makes sure that the network is still the same. What
 * gives as many numbers as there are parameters reads all of them for that, the rest and the products inside of a solve, to
 * which a gradient leads, some.
 */
public abstract class NetworkModel implements Model {
    private final Model model;
    private final Watch watch;
    private final UnaryOperator<Batch> completion;

    /**
     * Wraps a model.
     *
     * @param model what was made of the network
     * @param watch over the network's parameters, begun before they were read
     * @param completion from a user's batch to what the model takes
     */
    protected NetworkModel(Model model, Watch watch, UnaryOperator<Batch> completion) {
        this.model = model;
        this.watch = watch;
        this.completion = completion;
    }

    /** A model of the same network that computes independently of the original. */
    protected NetworkModel(NetworkModel original) {
        this(original.inspected().replicate(), original.watch, original.completion);
    }

    private Model inspected() {
        watch.inspect();
        return model;
    }

    private Model glancedAt() {
        watch.glance();
        return model;
    }

    @Override
    public final ParameterLayout parameters() {
        return model.parameters();
    }

    @Override
    public final INDArray parameterValues() {
        return inspected().parameterValues();
    }

    @Override
    public final Loss loss() {
        return model.loss();
    }

    @Override
    public final Regularizer regularizer() {
        return model.regularizer();
    }

    @Override
    public INDArray outputs(Batch batch) {
        return glancedAt().outputs(completion.apply(batch));
    }

    @Override
    public final INDArray features(Batch batch) {
        return glancedAt().features(completion.apply(batch));
    }

    @Override
    public final INDArray losses(Batch batch) {
        return glancedAt().losses(completion.apply(batch));
    }

    @Override
    public final INDArray gradient(Batch batch, Measurement measurement) {
        return inspected().gradient(completion.apply(batch), measurement);
    }

    @Override
    public final INDArray hessianVectorProduct(Batch batch, INDArray vector) {
        return glancedAt().hessianVectorProduct(completion.apply(batch), vector);
    }

    @Override
    public final List<INDArray> hessianVectorProducts(Batch batch, List<INDArray> vectors) {
        return glancedAt().hessianVectorProducts(completion.apply(batch), vectors);
    }

    @Override
    public final List<INDArray> gaussNewtonProducts(Batch batch, List<INDArray> vectors) {
        return glancedAt().gaussNewtonProducts(completion.apply(batch), vectors);
    }

    @Override
    public final Iteration<Batch> iteration(
            CurvatureMatrix matrix, List<INDArray> vectors, double keep, double factor, List<INDArray> added) {
        Iteration<Batch> iteration = glancedAt().iteration(matrix, vectors, keep, factor, added);
        return new Iteration<>() {
            @Override
            public double[] step(Batch batch) {
                watch.glance();
                return iteration.step(completion.apply(batch));
            }

            @Override
            public void close() {
                iteration.close();
            }
        };
    }

    @Override
    public final INDArray directionalDerivatives(Batch batch, INDArray direction) {
        return glancedAt().directionalDerivatives(completion.apply(batch), direction);
    }
}
