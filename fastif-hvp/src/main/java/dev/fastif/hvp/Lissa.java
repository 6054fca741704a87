package dev.fastif.hvp;

import dev.fastif.core.Curvature;
import dev.fastif.core.InverseHvp;
import dev.fastif.core.LinearOperator;
import dev.fastif.core.Progress;
import dev.fastif.core.Solution;
import dev.fastif.core.SolveFailedException;
import dev.fastif.core.SolveOutcome;
import dev.fastif.core.Stage;
import dev.fastif.core.internal.Check;
import dev.fastif.core.internal.Meter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stochastic inverse-Hessian-vector products by LiSSA (paper, section 3.3): {@code s_j = v + s_{j-1} - (H_j + lambda I)
 * s_{j-1} / sigma} from {@code s_0 = v}, with H_j the Hessian of B random training examples; the answer is {@code s_J /
 * sigma}, averaged over T independent repeats.
 *
 * <p>The recursion contracts if the eigenvalues of {@code H_j + lambda I} lie between 0 and 2 sigma. Then no iterate is
 * longer than {@code (j + 1) |v|}; one that is ten times longer, or not finite, ends the solve with an explanation.
 *
 * <p>The published code's {@code damp} and {@code scale} are {@code lambda = damp * scale} and {@code sigma = scale}.
 * Immutable and thread-safe; the same seed gives the same answer.
 */
public final class Lissa implements InverseHvp {
    private static final Logger log = LoggerFactory.getLogger(Lissa.class);

    /** How often the automatic scale is doubled before a diverging recursion is given up. */
    private static final int ATTEMPTS = 8;

    final @Nullable Integer recursionDepth;
    final int batchSize;
    final int repeats;
    final @Nullable Double damping;
    final @Nullable Double scale;
    final double accuracy;
    final int maxRecursionDepth;
    final long seed;
    final int residualExamples;
    final boolean anyResidual;

    private Lissa(Builder builder) {
        this.recursionDepth = builder.recursionDepth;
        this.batchSize = builder.batchSize;
        this.repeats = builder.repeats;
        this.damping = builder.damping;
        this.scale = builder.scale;
        this.accuracy = builder.accuracy;
        this.maxRecursionDepth = builder.maxRecursionDepth;
        this.seed = builder.seed;
        this.residualExamples = builder.residualExamples;
        this.anyResidual = builder.anyResidual;
    }

    /** Starts with the settings of the published experiments on MultiNLI: {@link Builder#published()}. */
    public static Builder builder() {
        return new Builder().published();
    }

    /**
     * Starts with damping, scale and recursion depth left open: each solve estimates the ends of the spectrum by some 70
     * further products and chooses them, or fails with what is wrong with those that were given. The report says what was
     * chosen and why.
     */
    public static Builder auto() {
        return new Builder();
    }

    @Override
    public List<Solution> solveAll(Curvature curvature, List<INDArray> vectors, Progress progress) {
        Check.argument(
                batchSize <= curvature.examples(),
                "batchSize is %d but the training set has %d examples: sample at most that many",
                batchSize,
                curvature.examples());
        return solveAll(curvature, vectors, progress, Sampler.uniform(seed, curvature.examples(), batchSize));
    }

    /** Solves with samples of the caller's choice. */
    List<Solution> solveAll(Curvature curvature, List<INDArray> given, Progress progress, Sampler sampler) {
        RightHandSides sides = RightHandSides.of(curvature, given);
        List<INDArray> vectors = sides.vectors();
        Certificate.requireCurvature(
                Certificate.operator(curvature, Math.min(residualExamples, curvature.examples()), seed), vectors);
        LissaTuning.Choice choice = choose(curvature, vectors.get(0), progress);
        LissaSettings settings = choice.settings();
        for (int attempt = 1; ; attempt++) {
            try {
                return sides.restored(solveAll(curvature, vectors, progress, sampler, settings, choice.reason()));
            } catch (SolveFailedException e) {
                if (scale != null || attempt == ATTEMPTS) {
                    throw e;
                }
                log.info("{}: once more with half the step", e.getMessage());
                settings = settings.halvedStep(recursionDepth == null ? maxRecursionDepth : recursionDepth);
            }
        }
    }

    private List<Solution> solveAll(
            Curvature curvature,
            List<INDArray> vectors,
            Progress progress,
            Sampler sampler,
            LissaSettings settings,
            String reason) {
        long total = (long) settings.recursionDepth() * repeats;
        Meter meter = new Meter(done -> progress.checkpoint(Stage.INVERSE_HVP, done, total));
        meter.add(0);
        List<Certificate.Course> courses =
                new Recursion(curvature, vectors, settings, sampler, () -> meter.add(1)).run();
        int examples = Math.min(residualExamples, curvature.examples());
        LinearOperator operator = Certificate.operator(curvature, examples, seed);
        return checked(new Certificate(
                        reason.isEmpty() ? settings.toString() : settings + ", " + reason,
                        settings.damping(),
                        settings.scale(),
                        operator,
                        examples,
                        1,
                        SolveOutcome.DIVERGED)
                .of(vectors, courses));
    }

    /** A recursion promises no residual; but what is no better than s = 0 is no solution. */
    private List<Solution> checked(List<Solution> solutions) {
        for (Solution solution : solutions) {
            if (solution.report().outcome() != SolveOutcome.SOLVED && !anyResidual) {
                throw new SolveFailedException(
                        solution.report(),
                        String.format(
                                Locale.ROOT,
                                "LiSSA ended with a relative residual of %.3g, further from a solution than s = 0 is (%s): raise"
                                        + " batchSize (now %d) or repeats (now %d) against the noise of the batches, raise the damping, or"
                                        + " accept it by anyResidual()",
                                solution.report().relativeResidual(),
                                solution.report().solver(),
                                batchSize,
                                repeats));
            }
        }
        return solutions;
    }

    private LissaTuning.Choice choose(Curvature curvature, INDArray like, Progress progress) {
        if (recursionDepth == null || damping == null || scale == null) {
            return new LissaTuning(this, curvature, like, progress).choose();
        }
        return new LissaTuning.Choice(new LissaSettings(recursionDepth, batchSize, repeats, damping, scale, seed), "");
    }

    @Override
    public boolean givesSolutionsAway() {
        return true;
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "LiSSA(J=%s, B=%d, T=%d, damping=%s, scale=%s, seed=%d)",
                orAuto(recursionDepth),
                batchSize,
                repeats,
                orAuto(damping),
                orAuto(scale),
                seed);
    }

    private static String orAuto(@Nullable Number value) {
        return value == null ? "auto" : value.toString();
    }

    /** Options of LiSSA. Not thread-safe. */
    public static final class Builder {
        private @Nullable Integer recursionDepth;
        private int batchSize = 1;
        private int repeats = 1;
        private @Nullable Double damping;
        private @Nullable Double scale;
        private double accuracy = 0.01;
        private int maxRecursionDepth = 10_000;
        private long seed;
        private int residualExamples = 64;
        private boolean anyResidual;

        private Builder() {}

        /**
         * The settings published for MultiNLI, {@code damp = 5e-3} and {@code scale = 1e4}: damping 50, scale 1e4, J =
         * 1000, B = 1, T = 1. So large a damping makes s_test nearly proportional to v; see the report's cosine.
         */
        public Builder published() {
            return recursionDepth(1000).batchSize(1).repeats(1).dampAndScale(5e-3, 1e4);
        }

        /** The recursion depth J, at least 1. Default: 1000; with {@link Lissa#auto()} what the accuracy takes. */
        public Builder recursionDepth(int value) {
            recursionDepth = Check.positive("recursionDepth", value);
            return this;
        }

        /** The number B of random training examples in each step, at least 1. Default: 1. */
        public Builder batchSize(int value) {
            batchSize = Check.positive("batchSize", value);
            return this;
        }

        /** The number T of independent repeats that are averaged, at least 1. Default: 1. */
        public Builder repeats(int value) {
            repeats = Check.positive("repeats", value);
            return this;
        }

        /**
         * The damping lambda of the system, in units of curvature, at least 0. Default: 50; with {@link Lissa#auto()} a
         * tenth more than the most negative eigenvalue found, and a thousandth of the largest.
         */
        public Builder damping(double value) {
            damping = Check.notNegative("damping", value);
            return this;
        }

        /**
         * The scale sigma, above 0: at least half of the largest eigenvalue of {@code H_j + lambda I}. Default: 1e4; with
         * {@link Lissa#auto()} a quarter more than the largest eigenvalue found, doubled if the recursion diverges.
         */
        public Builder scale(double value) {
            scale = Check.positive("scale", value);
            return this;
        }

        /**
         * Damping and scale as the published code spells them.
         *
         * @param damp lambda / sigma, at least 0
         * @param scale sigma, above 0
         */
        public Builder dampAndScale(double damp, double scale) {
            return scale(scale).damping(Check.notNegative("damp", damp) * scale);
        }

        /**
         * How far the recursion goes if its depth is left open: until the mean recursion's error is this part of the
         * solution, above 0. What sampling adds to the error is in the report's spread and residual. Default: 0.01.
         */
        public Builder accuracy(double value) {
            accuracy = Check.positive("accuracy", value);
            return this;
        }

        /** The largest depth that may be chosen if it is left open, at least 1. Default: 10,000. */
        public Builder maxRecursionDepth(int value) {
            maxRecursionDepth = Check.positive("maxRecursionDepth", value);
            return this;
        }

        /** The seed of all randomness. Default: 0. */
        public Builder seed(long value) {
            seed = value;
            return this;
        }

        /**
         * How many random training examples the residual is measured on, and the spectrum if settings are left open, at
         * least 1. Default: 64.
         */
        public Builder residualExamples(int value) {
            residualExamples = Check.positive("residualExamples", value);
            return this;
        }

        /**
         * Returns solutions whose residual is above 1 too, which are further from a solution than s = 0 is. Without this such a solve
         * ends with {@link SolveFailedException}.
         */
        public Builder anyResidual() {
            anyResidual = true;
            return this;
        }

        /** Returns the solver. */
        public Lissa build() {
            return new Lissa(this);
        }
    }
}
