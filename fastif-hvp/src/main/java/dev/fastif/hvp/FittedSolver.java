package dev.fastif.hvp;

import dev.fastif.core.Curvature;
import dev.fastif.core.InverseHvp;
import dev.fastif.core.Progress;
import dev.fastif.core.Solution;
import dev.fastif.core.SolveFailedException;
import dev.fastif.core.SolveOutcome;
import dev.fastif.core.SolveReport;
import dev.fastif.core.Stage;
import dev.fastif.core.internal.Check;
import dev.fastif.hvp.index.CurvatureFit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Inverse-Hessian-vector products by a curvature that was fitted once ({@link CurvatureFit}): no product with the curvature itself is
 * needed but those that measure the residual. Where that is not small enough, {@link ConjugateGradient.Builder#preconditionedBy} goes
 * on.
 *
 * <p>Immutable and thread-safe.
 */
public final class FittedSolver implements InverseHvp {
    private final CurvatureFit fit;
    private final boolean jointly;
    private final double damping;
    private final double tolerance;
    private final int residualExamples;
    private final long seed;

    private FittedSolver(Builder builder) {
        this.fit = builder.fit;
        this.jointly = builder.jointly;
        this.damping = builder.damping;
        this.tolerance = builder.tolerance;
        this.residualExamples = builder.residualExamples;
        this.seed = builder.seed;
    }

    /** Solves jointly in the coordinates of the fit, and by mean squares outside of them. */
    public static Builder builder(CurvatureFit fit) {
        return new Builder(fit, true);
    }

    /** Solves by the mean squares of all coordinates alone, as EK-FAC does. For comparisons. */
    public static Builder ekfac(CurvatureFit fit) {
        return new Builder(fit, false);
    }

    @Override
    public List<Solution> solveAll(Curvature curvature, List<INDArray> given, Progress progress) {
        RightHandSides sides = RightHandSides.of(curvature, given);
        progress.checkpoint(Stage.INVERSE_HVP, 0, 1);
        int examples = Math.min(residualExamples, curvature.examples());
        Certificate certificate = new Certificate(
                toString(),
                damping,
                Double.NaN,
                Certificate.operator(curvature, examples, seed),
                examples,
                tolerance,
                SolveOutcome.TOLERANCE_NOT_MET);
        CurvatureFit.Inverse inverse = fit.inverse(damping);
        List<Certificate.Course> courses = new ArrayList<>();
        for (INDArray vector : sides.vectors()) {
            INDArray s = jointly ? inverse.apply(vector) : inverse.applyAlone(vector);
            courses.add(new Certificate.Course(s, 0, Double.NaN, List.of(Vectors.norm(s))));
        }
        List<Solution> solutions = certificate.of(sides.vectors(), courses);
        solutions.forEach(solution -> requireKept(solution.report()));
        progress.checkpoint(Stage.INVERSE_HVP, 1, 1);
        return sides.restored(solutions);
    }

    private void requireKept(SolveReport report) {
        if (report.outcome() != SolveOutcome.SOLVED) {
            throw new SolveFailedException(
                    report,
                    String.format(
                            Locale.ROOT,
                            "the fitted curvature solves to a relative residual of %.3g, not the wanted %s (%s): fit with more"
                                    + " coordinates, raise the damping, or go on by ConjugateGradient.builder().preconditionedBy(fit)",
                            report.relativeResidual(),
                            tolerance,
                            this));
        }
    }

    @Override
    public boolean givesSolutionsAway() {
        return true;
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "FittedSolver(%s, damping=%s, tolerance=%s)",
                jointly ? fit.coordinates() + " coordinates jointly" : "EK-FAC",
                damping,
                tolerance);
    }

    /** Options of a fitted solve. Not thread-safe. */
    public static final class Builder {
        private final CurvatureFit fit;
        private final boolean jointly;
        private double damping;
        private double tolerance = 0.9;
        private int residualExamples = 512;
        private long seed;

        private Builder(CurvatureFit fit, boolean jointly) {
            this.fit = fit;
            this.jointly = jointly;
            this.damping = fit.defaultDamping();
        }

        /** The damping lambda, in units of curvature, above 0. Default: {@link CurvatureFit#defaultDamping}. */
        public Builder damping(double value) {
            damping = Check.positive("damping", value);
            return this;
        }

        /**
         * The relative residual {@code |(H + lambda I) s - v| / |v|} that is promised, above 0: no solution is returned whose residual,
         * measured by a product with H, is larger. Default: 0.9; influences rank well long before the residual is small.
         */
        public Builder tolerance(double value) {
            tolerance = Check.positive("tolerance", value);
            return this;
        }

        /** Examples, drawn by the seed, on which the residual is measured. Default: 512. */
        public Builder residualExamples(int value) {
            residualExamples = Check.positive("residualExamples", value);
            return this;
        }

        /** The seed of that sample. Default: 0. */
        public Builder seed(long value) {
            seed = value;
            return this;
        }

        /** Returns the solver. */
        public FittedSolver build() {
            return new FittedSolver(this);
        }
    }
}
