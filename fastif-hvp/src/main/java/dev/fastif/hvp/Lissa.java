package dev.fastif.hvp;

import dev.fastif.core.Curvature;
import dev.fastif.core.InverseHvp;
import dev.fastif.core.Progress;
import dev.fastif.core.Solution;
import dev.fastif.core.SolveFailedException;
import dev.fastif.core.SolveReport;
import dev.fastif.core.Stage;
import dev.fastif.core.internal.Check;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

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
    /** How far an iterate may exceed the bound of a contraction before the solve is given up. */
    private static final double SLACK = 10;

    private final int recursionDepth;
    private final int batchSize;
    private final int repeats;
    private final double damping;
    private final double scale;
    private final long seed;
    private final int residualExamples;

    private Lissa(Builder builder) {
        this.recursionDepth = builder.recursionDepth;
        this.batchSize = builder.batchSize;
        this.repeats = builder.repeats;
        this.damping = builder.damping;
        this.scale = builder.scale;
        this.seed = builder.seed;
        this.residualExamples = builder.residualExamples;
    }

    /** Starts with the settings of the published experiments on MultiNLI: {@link Builder#published()}. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public double damping() {
        return damping;
    }

    @Override
    public Solution solve(Curvature curvature, INDArray vector, Progress progress) {
        Check.argument(
                batchSize <= curvature.examples(),
                "batchSize is %d but the training set has %d examples: sample at most that many",
                batchSize,
                curvature.examples());
        return solve(curvature, vector, progress, Sampler.uniform(seed, curvature.examples(), batchSize));
    }

    /** Solves with samples of the caller's choice. */
    Solution solve(Curvature curvature, INDArray vector, Progress progress, Sampler sampler) {
        Check.finite("vector", vector);
        INDArray mean = vector.ulike().assign(0);
        List<Double> norms = new ArrayList<>();
        for (int repeat = 0; repeat < repeats; repeat++) {
            INDArray s = recursion(curvature, vector, progress, sampler, repeat, norms);
            Vectors.add(mean, 1.0 / repeats, s);
            s.close();
        }
        long total = (long) recursionDepth * repeats;
        progress.checkpoint(Stage.INVERSE_HVP, total, total);
        int examples = Math.min(residualExamples, curvature.examples());
        SolveReport report = new Certificate(toString(), damping)
                .of(
                        mean,
                        vector,
                        Certificate.operator(curvature, examples, seed),
                        examples,
                        recursionDepth * repeats,
                        norms);
        return new Solution(mean, report);
    }

    private INDArray recursion(
            Curvature curvature, INDArray vector, Progress progress, Sampler sampler, int repeat, List<Double> norms) {
        long total = (long) recursionDepth * repeats;
        double start = Vectors.norm(vector);
        INDArray s = vector.dup();
        for (int step = 0; step < recursionDepth; step++) {
            progress.checkpoint(Stage.INVERSE_HVP, (long) repeat * recursionDepth + step, total);
            INDArray product = curvature.on(sampler.sample(repeat, step)).apply(s);
            s.muli(1 - damping / scale);
            Vectors.add(s, -1 / scale, product);
            Vectors.add(s, 1, vector);
            product.close();
            double norm = Vectors.norm(s);
            norms.add(norm / scale);
            if (!(norm <= SLACK * (step + 2) * start)) {
                throw diverged(step + 1, norm / start);
            }
        }
        return s.divi(scale);
    }

    private SolveFailedException diverged(int step, double growth) {
        return new SolveFailedException(String.format(
                "LiSSA diverged: after %d of %d steps the iterate is %.3g times as long as v, more than a contraction"
                        + " allows (%s). The eigenvalues of H + damping must lie between 0 and 2 * scale for (nearly)"
                        + " every batch: raise scale (now %s) if curvature is large, raise damping (now %s) if it is"
                        + " negative, or raise batchSize (now %d)",
                step, recursionDepth, growth, this, scale, damping, batchSize));
    }

    @Override
    public String toString() {
        return String.format(
                "LiSSA(J=%d, B=%d, T=%d, damping=%s, scale=%s, seed=%d)",
                recursionDepth, batchSize, repeats, damping, scale, seed);
    }

    /** Options of LiSSA. Not thread-safe. */
    public static final class Builder {
        private int recursionDepth = 1000;
        private int batchSize = 1;
        private int repeats = 1;
        private double damping = 50;
        private double scale = 1e4;
        private long seed;
        private int residualExamples = 64;

        private Builder() {}

        /**
         * The settings published for MultiNLI, {@code damp = 5e-3} and {@code scale = 1e4}: damping 50, scale 1e4, J =
         * 1000, B = 1, T = 1. So large a damping makes s_test nearly proportional to v; see the report's cosine.
         */
        public Builder published() {
            return recursionDepth(1000).batchSize(1).repeats(1).dampAndScale(5e-3, 1e4);
        }

        /** The recursion depth J, at least 1. Default: 1000. */
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

        /** The damping lambda of the system, in units of curvature, at least 0. Default: 50. */
        public Builder damping(double value) {
            damping = Check.notNegative("damping", value);
            return this;
        }

        /** The scale sigma, above 0: at least half of the largest eigenvalue of {@code H_j + lambda I}. Default: 1e4. */
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

        /** The seed of all randomness. Default: 0. */
        public Builder seed(long value) {
            seed = value;
            return this;
        }

        /** How many random training examples the residual is measured on, at least 1. Default: 64. */
        public Builder residualExamples(int value) {
            residualExamples = Check.positive("residualExamples", value);
            return this;
        }

        /** Returns the solver. */
        public Lissa build() {
            return new Lissa(this);
        }
    }
}
