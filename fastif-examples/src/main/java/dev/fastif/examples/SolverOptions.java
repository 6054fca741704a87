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

    /**
     * What is taken where no options are given.
     *
     * @param sample training pairs whose curvature conjugate gradients invert, or all if there are fewer
     * @param tolerance of conjugate gradients
     * @param matrix the curvature to invert
     */
    record Standard(Solver solver, int sample, double tolerance, CurvatureMatrix matrix) {
        /** For a single answer. */
        static final Standard EXPLANATION = new Standard(Solver.lissa, 256, 1e-4, CurvatureMatrix.HESSIAN);

        /** For many answers at the published damping, which leaves little for a solver to do. */
        static final Standard EXPERIMENT = new Standard(Solver.cg, 32, 0.05, CurvatureMatrix.HESSIAN);

        /** For a model that steps lead away from its minimum: there the Hessian can be more negative than the damping. */
        static final Standard CORRECTION = new Standard(Solver.cg, 32, 0.05, CurvatureMatrix.GAUSS_NEWTON);

        /** As in the paper. */
        static final Standard PUBLISHED = new Standard(Solver.lissa, 256, 0.02, CurvatureMatrix.HESSIAN);
    }

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
            description = "Training pairs whose curvature cg inverts (default: 256 to explain and to correlate, 32 for"
                    + " other experiments, or all if there are fewer).")
    private @Nullable Integer sample;

    CurvatureMatrix matrix() {
        return lissa.matrix();
    }

    /** The matrix that was asked for, or else the standard one. */
    CurvatureMatrix matrix(Standard standard) {
        return lissa.matrix(standard.matrix());
    }

    double damping() {
        return lissa.damping();
    }

    /** LiSSA's scale, or the published one if none was given. */
    double scale() {
        return lissa.scale();
    }

    /** LiSSA's scale, or {@code standard} if none was given. */
    double scale(double standard) {
        return lissa.scale(standard);
    }

    /** The solver that was asked for, or else the standard one, for so many training pairs. */
    InverseHvp solver(Standard standard, int trainingPairs, long seed) {
        return switch (solver == null ? standard.solver() : solver) {
            case lissa -> lissa.lissa(seed);
            case cg -> conjugateGradient(standard, damping(), trainingPairs, seed);
        };
    }

    /** Conjugate gradients whatever was asked for, with a damping of its own. */
    InverseHvp conjugateGradient(Standard standard, double damping, int trainingPairs, long seed) {
        return ConjugateGradient.builder()
                .damping(damping)
                .examples(sample == null ? Math.min(standard.sample(), trainingPairs) : sample)
                .tolerance(standard.tolerance())
                .seed(seed)
                .build();
    }

    /** LiSSA as deep as was asked for, with a damping of its own and the scale that suits it. */
    InverseHvp automaticLissa(double damping, long seed) {
        return lissa.automatic(damping, seed);
    }
}
