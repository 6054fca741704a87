package dev.fastif.core;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A solution of {@code (H + lambda I) s = v} with its certificate.
 *
 * @param value s, [p]
 * @param report how it was found and how good it is
 */
public record Solution(INDArray value, SolveReport report) {}
