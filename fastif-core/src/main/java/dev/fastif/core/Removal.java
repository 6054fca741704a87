package dev.fastif.core;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What leaving examples out of the training does to a measured quantity m, to first order. At the minimum of {@code 1/N sum loss
 * + R} leaving out a group G moves the parameters by {@code (H + lambda I)^-1} times
 *
 * <ul>
 *   <li>{@code 1/N sum over G of grad loss}, if the others keep their weight 1/N;
 *   <li>{@code (sum over G of grad loss + |G| grad R) / (N - |G|)}, if the mean is taken over the others: they weigh more then, and
 *       R less beside them. (The gradients of all examples sum up to {@code -N grad R}, which is where the second term comes from.)
 * </ul>
 *
 * @param examples N
 * @param penaltySlope s_test times grad R
 */
record Removal(int examples, double penaltySlope) {
    /** {@code s_test . grad R} at the model's parameters. */
    static Removal of(Model model, INDArray sTest, int examples) {
        return new Removal(examples, model.regularizer().slope(model, sTest));
    }

    /** The influence of one example. */
    Influence influence(int id, double value, double squaredDistance) {
        return new Influence(id, value, averaged(value, 1), unweighted(value), squaredDistance);
    }

    /**
     * The change if the mean is taken over the others; NaN if there are none.
     *
     * @param influence the sum of I(z) over the group
     */
    double averaged(double influence, int group) {
        return group < examples ? (group * penaltySlope - influence) / (examples - group) : Double.NaN;
    }

    /** The change if the others keep their weight. */
    double unweighted(double influence) {
        return -influence / examples;
    }
}
