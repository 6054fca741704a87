package dev.fastif.examples;

import dev.fastif.core.CurvatureMatrix;
import picocli.CommandLine.Option;

/** Which damped matrix is inverted. */
final class CurvatureOptions {
    @Option(
            names = "--matrix",
            paramLabel = "NAME",
            defaultValue = "HESSIAN",
            description =
                    "The curvature to invert: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}, as published).")
    private CurvatureMatrix matrix = CurvatureMatrix.HESSIAN;

    @Option(
            names = "--damping",
            paramLabel = "X",
            defaultValue = "50",
            description = "Damping lambda (default: ${DEFAULT-VALUE}, as published: damp 5e-3 times scale 1e4).")
    private double damping = 50;

    CurvatureMatrix matrix() {
        return matrix;
    }

    double damping() {
        return damping;
    }
}
