package dev.fastif.core;

/** The stages of an influence computation, in the order in which they run. */
public enum Stage {
    /** Evaluating what lies below the trainable parameters, where it is kept; once per training set. */
    FROZEN,
    /** Fitting curvature in coordinates; once per model and training set. */
    FIT,
    /** Computing the features of the training set and building the candidate index; once per engine. */
    INDEX,
    /** The nearest neighbours of the test point (paper, section 3.2). */
    PRESELECTION,
    /** The gradient v of the measured quantity at the test point. */
    GRADIENT,
    /** What a solver that chooses its own settings asks about the curvature first. */
    SPECTRUM,
    /** s_test = (H + lambda I)^-1 v (paper, section 3.3). */
    INVERSE_HVP,
    /** Influences of the candidates (paper, equation 4). */
    SCORING
}
