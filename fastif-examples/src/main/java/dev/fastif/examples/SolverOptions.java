package dev.fastif.examples;

import dev.fastif.core.CurvatureMatrix;
import dev.fastif.core.InverseHvp;
import dev.fastif.hvp.ConjugateGradient;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Either solver and what it inverts. */
final class SolverOptions {
    /** The solvers to choose from, spelled as on the command line. */
    @SuppressWarnings("MemberName")
    enum Solver {
        lissa,
        cg
    }

    /** Small residuals change no ranking at the published damping; see docs/BENCHMARKS.md. */
    private static final double TOLERANCE = 0.02;

    private static final int SAMPLE = 128;

    @Mixin
    private final LissaOptions lissa = new LissaOptions();

    @Option(
            names = "--solver",
            paramLabel = "NAME",
            description = "lissa (stochastic, as in the paper) or cg (conjugate gradients on --sample training pairs);"
                    + " default: lissa to explain and with --full, cg for experiments otherwise.")
    private @Nullable Solver solver;

    @Option(
            names = "--sample",
            paramLabel = "N",
            description = "Training pairs whose curvature cg inverts (default: 128, or all if there are fewer).")
    private @Nullable Integer sample;

    CurvatureMatrix matrix() {
        return lissa.matrix();
    }

    double damping() {
        return lissa.damping();
    }

    double scale() {
        return lissa.scale();
    }

    /** The solver that was asked for, or else this one, for so many training pairs. */
    InverseHvp solver(Solver otherwise, int trainingPairs, long seed) {
        return switch (solver == null ? otherwise : solver) {
            case lissa -> lissa.lissa(seed);
            case cg ->
                ConjugateGradient.builder()
                        .damping(damping())
                        .examples(sample == null ? Math.min(SAMPLE, trainingPairs) : sample)
                        .tolerance(TOLERANCE)
                        .seed(seed)
                        .build();
        };
    }
}
