package dev.fastif.core;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A trained model: everything that influence functions ask of it. Vectors [p] lie in the order of {@link #parameters()}
 * and have its data type; results are fresh arrays of the same data type that belong to the caller (who may close them),
 * inputs are never modified.
 *
 * <p>Implementations are thread-safe as long as the parameters are not changed.
 */
public interface Model {
    /** Names, shapes and order of the p trainable parameters. */
    ParameterLayout parameters();

    /** A copy of the trainable parameters, [p]. */
    INDArray parameterValues();

    /**
     * A number that is another one after the parameters were replaced, by which an engine notices that what it has built is of
     * others. Default: 0, for models that never change.
     */
    default long revision() {
        return 0;
    }

    /** The training loss. */
    Loss loss();

    /** The part of the training objective that does not depend on examples. */
    Regularizer regularizer();

    /**
     * The model's outputs before softmax or sigmoid.
     *
     * @return [n, c]
     */
    INDArray outputs(Batch batch);

    /**
     * The final representation of each example, by which candidates are preselected (paper, section 3.2).
     *
     * @return [n, d]
     */
    INDArray features(Batch batch);

    /**
     * The training loss of each example, without regularization.
     *
     * @return [n]
     */
    default INDArray losses(Batch batch) {
        return loss().values(outputs(batch), batch.find(Batch.LABELS));
    }

    /**
     * The gradient of the mean of a quantity over the batch, without regularization.
     *
     * @return [p]
     */
    INDArray gradient(Batch batch, Measurement measurement);

    /**
     * The gradient of the mean training loss over the batch, without regularization.
     *
     * @return [p]
     */
    default INDArray gradient(Batch batch) {
        return gradient(batch, loss());
    }

    /**
     * The product of the Hessian of the mean training loss over the batch, without regularization, with a vector.
     *
     * @param vector [p]
     * @return [p]
     */
    INDArray hessianVectorProduct(Batch batch, INDArray vector);

    /**
     * {@link #hessianVectorProduct} for several vectors, which may share the evaluation of the batch.
     *
     * @param vectors each [p]
     * @return each [p], in the order of the vectors
     */
    default List<INDArray> hessianVectorProducts(Batch batch, List<INDArray> vectors) {
        return vectors.stream()
                .map(vector -> hessianVectorProduct(batch, vector))
                .toList();
    }

    /**
     * Products of {@link CurvatureMatrix#GAUSS_NEWTON} of the mean training loss over the batch, without regularization,
     * with vectors.
     *
     * @param vectors each [p]
     * @return each [p], in the order of the vectors
     */
    List<INDArray> gaussNewtonProducts(Batch batch, List<INDArray> vectors);

    /**
     * Steps of a recurrence, with A the curvature of the mean training loss over the batch of each step plus the Hessian of the
     * {@link #regularizer}.
     *
     * @return the iteration, for this thread to close
     * @throws IllegalArgumentException if one of the vectors is no [p] of the model's type, now or in the first step
     */
    default Iteration<Batch> iteration(CurvatureMatrix matrix, Recurrence recurrence) {
        List<INDArray> vectors = recurrence.vectors();
        return batch -> {
            List<INDArray> products = matrix.products(this, batch, vectors);
            for (int i = 0; i < products.size(); i++) {
                regularizer().addHessianProduct(parameters(), vectors.get(i), products.get(i));
            }
            return recurrence.step(products);
        };
    }

    /**
     * The derivative of each example's training loss along a direction of the parameters: its gradient times the
     * direction, without that gradient ever being formed.
     *
     * @param direction [p]
     * @return [n]
     */
    INDArray directionalDerivatives(Batch batch, INDArray direction);

    /**
     * The gradient of a quantity of each example, on its own.
     *
     * @param sink takes the gradients of each example once
     */
    default void exampleGradients(Batch batch, Measurement measurement, GradientSink sink) {
        new SingleGradients(this).of(batch, measurement, sink);
    }

    /**
     * Gradients u_1, u_2, ... of each example with {@code sum_j u_j u_j^T} the Gauss-Newton matrix of its loss: those of its outputs,
     * along the factors of the loss's Hessian by them.
     *
     * @param most how many at most; if it takes more, so many random sums of them, for which this holds in expectation
     * @param sink takes the gradients of each example, as often as there are some
     * @param seeds of each example's random sums
     * @throws IllegalArgumentException if the loss is not convex in the outputs
     */
    default void curvatureGradients(Batch batch, int most, GradientSink sink, long... seeds) {
        new SingleGradients(this).ofCurvature(batch, most, sink, seeds);
    }

    /**
     * Returns a model that computes the same with arrays of its own, on the device of the calling thread.
     *
     * @throws UnsupportedOperationException if this model can only work on one device
     */
    default Model replicate() {
        throw new UnsupportedOperationException(
                getClass().getSimpleName() + " cannot be copied to another device: use DeviceGroup.cpu or one GPU");
    }
}
