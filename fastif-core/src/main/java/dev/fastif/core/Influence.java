package dev.fastif.core;

/**
 * The influence of one training example on what was measured at the test point (paper, equation 4).
 *
 * @param id the training set's id
 * @param value {@code I(z) = -s_test . grad loss(z)}: positive is harmful (up-weighting z raises the measured quantity,
 *     usually the test loss), negative is helpful
 * @param changeIfRemoved {@code -I(z) / N}: the predicted change of the measured quantity if z were left out and the model
 *     retrained
 * @param squaredDistance squared L2 distance of the example's features from the test point's; NaN if it was not measured
 */
public record Influence(int id, double value, double changeIfRemoved, double squaredDistance) {}
