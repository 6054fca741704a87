package dev.fastif.hvp;

import dev.fastif.core.Curvature;
import dev.fastif.core.InverseHvp;
import dev.fastif.core.LinearOperator;
import dev.fastif.core.Progress;
import dev.fastif.core.Solution;
import dev.fastif.core.SolveFailedException;
import dev.fastif.core.Stage;
import dev.fastif.core.internal.Check;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Deterministic inverse-Hessian-vector products by conjugate gradients on the Hessian of all training examples, or of a
 * fixed random sample of them. The system must be positive definite: a direction of negative curvature ends the solve
 * with a damping that would do, for which up to 20 further products estimate the smallest eigenvalue.
 *
 * <p>Immutable and thread-safe.
 */
public final class ConjugateGradient implements InverseHvp {
    /** Products that go into the estimate of the smallest eigenvalue. */
    private static final int ESTIMATE = 20;

    private final double damping;
    private final double tolerance;
    private final int maxIterations;
    private final @Nullable Integer examples;
    private final long seed;

    private ConjugateGradient(Builder builder) {
        this.damping = builder.damping;
        this.tolerance = builder.tolerance;
        this.maxIterations = builder.maxIterations;
        this.examples = builder.examples;
        this.seed = builder.seed;
    }

    /** Starts with the defaults named at each option. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public double damping() {
        return damping;
    }

    @Override
    public Solution solve(Curvature curvature, INDArray vector, Progress progress) {
        Check.finite("vector", vector);
        int sampled = examples == null ? curvature.examples() : examples;
        Check.argument(
                sampled <= curvature.examples(),
                "examples is %d but the training set has %d: sample at most that many",
                sampled,
                curvature.examples());
        LinearOperator operator = Certificate.operator(curvature, sampled, seed);
        List<Double> norms = new ArrayList<>();
        INDArray solution = iterate(operator, vector, progress, norms);
        progress.checkpoint(Stage.INVERSE_HVP, maxIterations, maxIterations);
        return new Solution(
                solution,
                new Certificate(toString(), damping).of(solution, vector, operator, sampled, norms.size(), norms));
    }

    private INDArray iterate(LinearOperator operator, INDArray vector, Progress progress, List<Double> norms) {
        INDArray s = vector.ulike().assign(0);
        INDArray residual = vector.dup();
        INDArray direction = vector.dup();
        double squared = Vectors.dot(residual, residual);
        double goal = tolerance * Math.sqrt(squared);
        while (Math.sqrt(squared) > goal) {
            int step = norms.size();
            if (step == maxIterations) {
                throw new SolveFailedException(String.format(
                        "conjugate gradient reached a relative residual of %.3g after %d iterations, not the wanted %s"
                                + " (%s): raise maxIterations or the damping, or ask for less",
                        Math.sqrt(squared) / (goal / tolerance), step, tolerance, this));
            }
            progress.checkpoint(Stage.INVERSE_HVP, step, maxIterations);
            INDArray product = operator.apply(direction);
            Vectors.add(product, damping, direction);
            double curvature = Vectors.dot(direction, product) / Vectors.dot(direction, direction);
            if (!Double.isFinite(curvature)) {
                throw new SolveFailedException(String.format(
                        "conjugate gradient met a product that is not finite in iteration %d (%s): check the model's"
                                + " parameters and data",
                        step + 1, this));
            }
            if (curvature <= 0) {
                throw indefinite(
                        step + 1,
                        curvature,
                        Lanczos.extremes(
                                operator,
                                direction,
                                ESTIMATE,
                                () -> progress.checkpoint(Stage.INVERSE_HVP, step, maxIterations)));
            }
            double length = squared / (curvature * Vectors.dot(direction, direction));
            Vectors.add(s, length, direction);
            Vectors.add(residual, -length, product);
            double next = Vectors.dot(residual, residual);
            direction.muli(next / squared);
            Vectors.add(direction, 1, residual);
            squared = next;
            norms.add(Vectors.norm(s));
            product.close();
        }
        return s;
    }

    private SolveFailedException indefinite(int step, double curvature, Lanczos.Extremes spectrum) {
        double smallest = Math.min(spectrum.smallest(), curvature - damping);
        // a tenth for what the estimate may have missed, a thousandth of the largest so that the system is well posed
        double size = Math.max(-smallest, spectrum.largest());
        double sufficient = -1.1 * smallest + 1e-3 * (size == 0 ? 1 : size);
        return new SolveFailedException(String.format(
                "conjugate gradient met negative curvature in iteration %d: along a direction, H + damping is %.4g, and"
                        + " the smallest eigenvalue of H is about %.4g. Raise damping (now %s) to %.4g",
                step, curvature, smallest, damping, sufficient));
    }

    @Override
    public String toString() {
        return String.format(
                "ConjugateGradient(damping=%s, tolerance=%s, maxIterations=%d, examples=%s)",
                damping, tolerance, maxIterations, examples == null ? "all" : examples + " (seed " + seed + ")");
    }

    /** Options of conjugate gradients. Not thread-safe. */
    public static final class Builder {
        private double damping = 50;
        private double tolerance = 1e-4;
        private int maxIterations = 200;
        private @Nullable Integer examples;
        private long seed;

        private Builder() {}

        /** The damping lambda of the system, in units of curvature, at least 0. Default: 50. */
        public Builder damping(double value) {
            damping = Check.notNegative("damping", value);
            return this;
        }

        /** The relative residual {@code |(H + lambda I) s - v| / |v|} to reach, above 0. Default: 1e-4. */
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

        /** The seed of the sample. Default: 0. */
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
