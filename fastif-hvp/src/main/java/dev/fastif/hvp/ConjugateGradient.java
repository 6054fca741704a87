package dev.fastif.hvp;

import dev.fastif.core.Curvature;
import dev.fastif.core.InverseHvp;
import dev.fastif.core.LinearOperator;
import dev.fastif.core.Progress;
import dev.fastif.core.Solution;
import dev.fastif.core.SolveFailedException;
import dev.fastif.core.SolveOutcome;
import dev.fastif.core.SolveReport;
import dev.fastif.core.Stage;
import dev.fastif.core.internal.Check;
import dev.fastif.core.internal.Memory;
import dev.fastif.hvp.index.CurvatureFit;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Deterministic inverse-Hessian-vector products by conjugate gradients on the curvature of all training examples, or of a
 * fixed random sample of them; several right-hand sides share each walk over the examples. The system must be positive
 * definite: a direction of negative curvature ends the solve with a damping that would do, for which up to 20 further
 * products estimate the smallest eigenvalue.
 *
 * <p>Immutable and thread-safe.
 */
public final class ConjugateGradient implements InverseHvp {
    /** Products that go into the estimate of the smallest eigenvalue. */
    private static final int ESTIMATE = 20;

    /** How often a descent goes on from the true residual, before the numbers' precision is to blame. */
    private static final int RESTARTS = 3;

    private final @Nullable Double damping;
    private final double tolerance;
    private final int maxIterations;
    private final @Nullable Integer examples;
    private final int preconditionerExamples;
    private final @Nullable CurvatureFit fit;
    private final long seed;

    private ConjugateGradient(Builder builder) {
        this.damping = builder.damping;
        this.tolerance = builder.tolerance;
        this.maxIterations = builder.maxIterations;
        this.examples = builder.examples;
        this.preconditionerExamples = builder.preconditionerExamples;
        this.fit = builder.fit;
        this.seed = builder.seed;
    }

    /** Starts with the defaults named at each option. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public List<Solution> solveAll(Curvature curvature, List<INDArray> given, Progress progress) {
        RightHandSides sides = RightHandSides.of(curvature, given);
        List<INDArray> vectors = sides.vectors();
        int sampled = examples == null ? curvature.examples() : examples;
        Check.argument(
                sampled <= curvature.examples(),
                "examples is %d but the training set has %d: sample at most that many",
                sampled,
                curvature.examples());
        progress.checkpoint(Stage.INVERSE_HVP, 0, maxIterations);
        LinearOperator operator = Certificate.operator(curvature, sampled, seed);
        Certificate.requireCurvature(operator, vectors);
        Spectrum spectrum = damping == null ? spectrum(operator, vectors.get(0), progress) : null;
        double lambda = spectrum == null ? Objects.requireNonNull(damping) : spectrum.sufficientDamping();
        Preconditioner preconditioner = preconditioner(curvature, lambda);
        List<Descent> descents = vectors.stream()
                .map(v -> new Descent(v, lambda, preconditioner))
                .toList();
        String name = spectrum == null ? toString() : description(lambda + " (" + spectrum.reason() + ")");
        Certificate certificate =
                new Certificate(name, lambda, Double.NaN, operator, sampled, tolerance, SolveOutcome.TOLERANCE_NOT_MET);
        List<Solution> solutions = kept(operator, certificate, vectors, descents, progress);
        descents.forEach(Descent::close);
        progress.checkpoint(Stage.INVERSE_HVP, maxIterations, maxIterations);
        return sides.restored(solutions);
    }

    /** Rounding lets the residual that the recursion tells drift from the true one: what is not solved then goes on from there. */
    private List<Solution> kept(
            LinearOperator operator,
            Certificate certificate,
            List<INDArray> vectors,
            List<Descent> descents,
            Progress progress) {
        for (int attempt = 0; ; attempt++) {
            boolean isDone = iterate(operator, descents, progress);
            List<Solution> solutions = certificate.of(
                    vectors, descents.stream().map(Descent::course).toList());
            List<Integer> unmet = IntStream.range(0, solutions.size())
                    .filter(i -> solutions.get(i).report().outcome() != SolveOutcome.SOLVED)
                    .boxed()
                    .toList();
            if (unmet.isEmpty()) {
                return solutions;
            }
            if (!isDone || attempt == RESTARTS) {
                throw unmet(solutions.get(unmet.get(0)).report(), isDone);
            }
            for (int i : unmet) {
                descents.get(i)
                        .restart(vectors.get(i), operator.apply(descents.get(i).solution()));
            }
        }
    }

    private SolveFailedException unmet(SolveReport report, boolean isDone) {
        return new SolveFailedException(
                report,
                String.format(
                        Locale.ROOT,
                        "conjugate gradient ended with a relative residual of %.3g, not the wanted %s, %s (%s): %s",
                        report.relativeResidual(),
                        tolerance,
                        isDone ? "as far as the numbers' precision carries" : "after " + maxIterations + " iterations",
                        report.solver(),
                        SolveOutcome.TOLERANCE_NOT_MET.remedy()));
    }

    private Spectrum spectrum(LinearOperator operator, INDArray like, Progress progress) {
        progress.checkpoint(Stage.SPECTRUM, 0, ESTIMATE);
        return Spectrum.of(operator, like, seed, ESTIMATE, () -> progress.checkpoint(Stage.SPECTRUM, 0, ESTIMATE));
    }

    private Preconditioner preconditioner(Curvature curvature, double lambda) {
        if (fit != null) {
            return fit.inverse(lambda)::apply;
        }
        if (preconditionerExamples == 0) {
            return Preconditioner.none();
        }
        int count = Math.min(preconditionerExamples, curvature.examples());
        int[] ids = Sampler.uniform(seed, curvature.examples(), count).sample(Sampler.Stream.PRECONDITIONER, 0);
        return Preconditioner.diagonal(curvature.approximateDiagonal(ids), lambda);
    }

    /**
     * Steps all right-hand sides that are not solved yet, with one application of the operator for all of them.
     *
     * @return whether all are solved now, by what the recursion tells
     */
    private boolean iterate(LinearOperator operator, List<Descent> descents, Progress progress) {
        for (int step = 0; ; step++) {
            List<Descent> open =
                    descents.stream().filter(d -> !d.hasReached(tolerance)).toList();
            if (open.isEmpty()) {
                return true;
            }
            if (step == maxIterations) {
                return false;
            }
            int done = step;
            Runnable checkpoint = () -> progress.checkpoint(Stage.INVERSE_HVP, done, maxIterations);
            if (step > 0) {
                checkpoint.run();
            }
            List<INDArray> products =
                    operator.applyAll(open.stream().map(Descent::direction).toList());
            for (int i = 0; i < open.size(); i++) {
                step(operator, open.get(i), products.get(i), step + 1, checkpoint);
            }
        }
    }

    private void step(LinearOperator operator, Descent descent, INDArray product, int step, Runnable checkpoint) {
        double curvature = descent.curvature(product);
        if (!Double.isFinite(curvature)) {
            throw new SolveFailedException(
                    SolveOutcome.NOT_FINITE,
                    String.format(
                            Locale.ROOT,
                            "conjugate gradient met a product that is not finite in iteration %d (%s): check the model's"
                                    + " parameters and data",
                            step,
                            this));
        }
        if (curvature <= 0) {
            throw indefinite(
                    step,
                    curvature,
                    descent.damping(),
                    Lanczos.extremes(operator, descent.direction(), ESTIMATE, checkpoint));
        }
        descent.step(product, curvature);
        Memory.free(product);
    }

    private static SolveFailedException indefinite(int step, double curvature, double lambda, Spectrum estimated) {
        Spectrum spectrum = estimated.including(curvature - lambda);
        return new SolveFailedException(
                SolveOutcome.NOT_DEFINITE,
                String.format(
                        Locale.ROOT,
                        "conjugate gradient met negative curvature in iteration %d: along a direction, H + damping is %.4g, and"
                                + " the smallest eigenvalue of H is about %.4g. Raise damping (now %s) to %.4g",
                        step,
                        curvature,
                        spectrum.smallest(),
                        lambda,
                        spectrum.sufficientDamping()));
    }

    @Override
    public boolean givesSolutionsAway() {
        return true;
    }

    @Override
    public String toString() {
        return description(damping == null ? "auto" : damping.toString());
    }

    private String description(String lambda) {
        return String.format(
                Locale.ROOT,
                "ConjugateGradient(damping=%s, tolerance=%s, maxIterations=%d, examples=%s%s)",
                lambda,
                tolerance,
                maxIterations,
                examples == null ? "all" : examples + " (seed " + seed + ")",
                preconditioning());
    }

    private String preconditioning() {
        if (fit != null) {
            return ", preconditioned by a fit of " + fit.coordinates() + " coordinates";
        }
        return preconditionerExamples == 0
                ? ""
                : ", preconditioned by the gradients of " + preconditionerExamples + " examples";
    }

    /** Options of conjugate gradients. Not thread-safe. */
    public static final class Builder {
        private @Nullable Double damping;
        private double tolerance = 1e-4;
        private int maxIterations = 200;
        private @Nullable Integer examples;
        private int preconditionerExamples;
        private @Nullable CurvatureFit fit;
        private long seed;

        private Builder() {}

        /**
         * The damping lambda of the system, in units of curvature, at least 0. Default: a thousandth of the largest eigenvalue
         * (and what is needed to outweigh a negative one), estimated by 20 further products; the report names it.
         */
        public Builder damping(double value) {
            damping = Check.notNegative("damping", value);
            return this;
        }

        /** The published damping, 50. On most networks it outweighs the curvature, which makes s all but a multiple of v. */
        public Builder published() {
            return damping(50);
        }

        /**
         * The relative residual {@code |(H + lambda I) s - v| / |v|} to reach, above 0: no solution is returned
         * whose true residual, measured at the end, is larger. Default: 1e-4.
         */
        public Builder tolerance(double value) {
            tolerance = Check.positive("tolerance", value);
            return this;
        }

        /** How many Hessian-vector products at most, at least 1. Default: 200. */
        public Builder maxIterations(int value) {
            maxIterations = Check.positive("maxIterations", value);
            return this;
        }

        /** Uses the Hessian of this many random training examples, fixed by the seed. Default: all examples. */
        public Builder examples(int value) {
            examples = Check.positive("examples", value);
            return this;
        }

        /**
         * Preconditions by the diagonal {@code mean of squared gradients + damping}, measured on this many random training
         * examples (all, if there are fewer). It pays where parameters differ much in curvature. Default: no preconditioning.
         */
        public Builder preconditionerExamples(int value) {
            preconditionerExamples = Check.positive("preconditionerExamples", value);
            return this;
        }

        /**
         * Preconditions by a fitted curvature, of the same model and training set: the descent begins at its solution, and needs a
         * fraction of the products. Takes the place of {@link #preconditionerExamples}. Default: none.
         */
        public Builder preconditionedBy(CurvatureFit value) {
            fit = value;
            return this;
        }

        /** The seed of the samples. Default: 0. */
        public Builder seed(long value) {
            seed = value;
            return this;
        }

        /** Returns the solver. */
        public ConjugateGradient build() {
            return new ConjugateGradient(this);
        }
    }
}
