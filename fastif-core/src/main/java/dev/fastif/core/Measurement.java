package dev.fastif.core;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A quantity of each example, computed from the model's outputs: what influence is measured on. The training
 * {@link Loss} is one; a logit or a margin are others.
 *
 * <p>Implementations are immutable and thread-safe, do not modify their arguments, and return arrays of the outputs'
 * data type.
 */
public interface Measurement {
    /**
     * The quantity of each example.
     *
     * @param outputs the model's outputs [n, c], before softmax or sigmoid
     * @param labels [n] or [n, c], or null if the batch has none
     * @return [n]
     */
    INDArray values(INDArray outputs, @Nullable INDArray labels);

    /**
     * The gradient of each example's quantity with respect to its own outputs.
     *
     * @param outputs [n, c]
     * @param labels [n] or [n, c], or null if the batch has none
     * @return [n, c]
     */
    INDArray gradient(INDArray outputs, @Nullable INDArray labels);

    /**
     * The output (logit) of one class. Training examples of positive influence raise it, those of negative influence lower it.
     *
     * @param index the class, from 0
     */
    static Measurement logit(int index) {
        return new Logit(index);
    }

    /**
     * The log-odds of one class against all the others, {@code z_c - log sum_{j != c} exp z_j}.
     *
     * @param index the class, from 0; the model must have at least two outputs
     */
    static Measurement margin(int index) {
        return new Margin(index);
    }
}
