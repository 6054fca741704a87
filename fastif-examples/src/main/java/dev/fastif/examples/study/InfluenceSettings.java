package dev.fastif.examples.study;

import dev.fastif.core.CurvatureMatrix;
import dev.fastif.core.InverseHvp;

/**
 * How influences are computed. Immutable.
 *
 * @param matrix the curvature to invert
 * @param solver solves for s_test
 * @param candidates how many nearest training examples are scored, the paper's k
 */
public record InfluenceSettings(CurvatureMatrix matrix, InverseHvp solver, int candidates) {}
