package dev.fastif.examples;

import dev.fastif.core.CurvatureMatrix;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which damped matrix is inverted. */
final class CurvatureOptions {
    @Option(
            names = "--matrix",
            paramLabel = "NAME",
            description = "The curvature to invert: ${COMPLETION-CANDIDATES} (default: HESSIAN, as published; but"
                    + " GAUSS_NEWTON to correct and to augment without --full, since steps can make the Hessian more negative"
                    + " than the damping).")
    private @Nullable CurvatureMatrix matrix;

    @Option(
            names = "--damping",
            paramLabel = "X",
            defaultValue = "50",
            description = "Damping lambda (default: ${DEFAULT-VALUE}, as published: damp 5e-3 times scale 1e4).")
    private double damping = 50;

    CurvatureMatrix matrix() {
        return matrix(CurvatureMatrix.HESSIAN);
    }

    /** The matrix that was asked for, or else the standard one. */
    CurvatureMatrix matrix(CurvatureMatrix standard) {
        return matrix == null ? standard : matrix;
    }

    double damping() {
        return damping;
    }
}
