package dev.fastif.core;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A training loss: what the model's parameters minimise, in mean over the examples. In addition to its value and its
 * gradient it knows its second derivative with respect to the outputs, which is all that exact curvature needs; user-made
 * losses implement these three methods.
 */
public interface Loss extends Measurement {
    /**
     * The product of each example's Hessian with respect to its outputs [c, c] with a tangent of these outputs.
     *
     * @param outputs [n, c]
     * @param labels [n] or [n, c]
     * @param tangent [n, c]
     * @return [n, c]
     */
    INDArray hessianVectorProduct(INDArray outputs, @Nullable INDArray labels, INDArray tangent);

    /**
     * Softmax cross-entropy of logits. Labels are class indices [n], or distributions over the classes [n, c] (one-hot rows
     * among them). Rows that do not sum to 1 are weights: the loss is {@code -sum_c y_c log softmax(z)_c} all the same.
     */
    static Loss softmaxCrossEntropy() {
        return new SoftmaxCrossEntropy();
    }

    /** Sigmoid cross-entropy of logits, summed over the outputs. Labels are [n, c] in [0, 1], or [n] if c is 1. */
    static Loss binaryCrossEntropy() {
        return new BinaryCrossEntropy();
    }

    /** Squared error {@code sum_j (z_j - y_j)^2}. Labels are [n, c], or [n] if c is 1. */
    static Loss squaredError() {
        return new SquaredError();
    }
}
