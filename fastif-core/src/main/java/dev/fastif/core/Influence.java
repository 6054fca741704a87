package dev.fastif.core;

/**
 * The influence of one training example on what was measured at the test point (paper, equation 4), and what leaving it out
 * would change, to first order, in two readings. They differ where the objective has a penalty R: see {@link Model#regularizer}.
 *
 * @param id the training set's id
 * @param value {@code I(z) = -s_test . grad loss(z)}: positive is harmful (up-weighting z raises the measured quantity,
 *     usually the test loss), negative is helpful
 * @param changeIfRemoved {@code (s_test . grad R - I(z)) / (N - 1)}: the predicted change of the measured quantity if the model
 *     were trained again on the other N - 1 examples, the objective being their mean loss plus R. This is what retraining by DL4J
 *     or SameDiff without the example does. With a penalty even an example without influence has it: the others weigh
 *     more. NaN if N is 1.
 * @param changeIfUnweighted {@code -I(z) / N}: the same if the weight of z were set to 0 while all others keep theirs, 1/N
 * @param squaredDistance squared L2 distance of the example's features from the test point's; NaN if it was not measured
 */
public record Influence(
        int id, double value, double changeIfRemoved, double changeIfUnweighted, double squaredDistance) {}
