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
import dev.fastif.core.internal.Memory;
import dev.fastif.hvp.internal.Cholesky;
import dev.fastif.hvp.internal.SymmetricMatrix;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Inverse-Hessian-vector products of small models by Cholesky factorization: the p x p matrix of the curvature of all training
 * examples is formed by p products, in double precision, and factored once for all right-hand sides
 * ({@link InverseHvp#prepared}). It takes {@code 8 p^2} bytes and p^3 / 3 operations beside the products. The report says how well
 * conditioned the system is; one that is not positive definite ends the solve with a damping that was seen to do.
 *
 * <p>Immutable and thread-safe.
 */
public final class DirectSolver implements InverseHvp {
    /** Columns that are formed by one application of the curvature. */
    private static final int AT_ONCE = 16;

    private final @Nullable Double damping;
    private final double tolerance;
    private final int maxParameters;

    private DirectSolver(Builder builder) {
        this.damping = builder.damping;
        this.tolerance = builder.tolerance;
        this.maxParameters = builder.maxParameters;
    }

    /** Starts with the defaults named at each option. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public List<Solution> solveAll(Curvature curvature, List<INDArray> vectors, Progress progress) {
        RightHandSides sides = RightHandSides.of(curvature, vectors);
        Factored factored = factored(curvature, sides.vectors().get(0), progress);
        List<Solution> solutions = factored.solutions(curvature, sides);
        int applications = applications(curvature);
        progress.checkpoint(Stage.INVERSE_HVP, applications, applications);
        return solutions;
    }

    @Override
    public InverseHvp prepared(Curvature curvature, INDArray like, Progress progress) {
        return factored(
                curvature, RightHandSides.of(curvature, List.of(like)).vectors().get(0), progress);
    }

    private static int applications(Curvature curvature) {
        return (Math.toIntExact(curvature.size()) + AT_ONCE - 1) / AT_ONCE;
    }

    private Factored factored(Curvature curvature, INDArray like, Progress progress) {
        Check.argument(
                curvature.size() <= maxParameters,
                "the model has %d parameters, whose curvature is a matrix of %d GB: use ConjugateGradient, or raise maxParameters (now %d)",
                curvature.size(),
                (curvature.size() * curvature.size() * Double.BYTES) >> 30,
                maxParameters);
        int applications = applications(curvature);
        LinearOperator operator = curvature.full();
        progress.checkpoint(Stage.INVERSE_HVP, 0, applications);
        INDArray probe = Spectrum.signs(like, 0);
        Certificate.requireCurvature(operator, List.of(probe));
        Memory.free(probe);
        SymmetricMatrix matrix = SymmetricMatrix.of(operator, like, AT_ONCE, done -> {
            if (done > 0) {
                progress.checkpoint(Stage.INVERSE_HVP, done, applications);
            }
        });
        return factored(new DampedMatrix(matrix, like.dataType(), () -> progress.checkpoint(Stage.SPECTRUM, 0, 1)));
    }

    private Factored factored(DampedMatrix system) {
        if (!system.matrix().isFinite()) {
            throw new SolveFailedException(
                    SolveOutcome.NOT_FINITE,
                    String.format(
                            Locale.ROOT,
                            "the matrix of the curvature is not finite (%s): %s",
                            this,
                            SolveOutcome.NOT_FINITE.remedy()));
        }
        Spectrum spectrum = system.spectrum();
        DampedMatrix.Sufficient chosen = damping == null ? system.sufficient(spectrum) : null;
        double lambda = chosen == null ? Objects.requireNonNull(damping) : chosen.damping();
        Cholesky factor = chosen == null ? system.cholesky(lambda) : chosen.factor();
        if (factor == null) {
            throw new SolveFailedException(
                    SolveOutcome.NOT_DEFINITE,
                    String.format(
                            Locale.ROOT,
                            "H + damping is not positive definite: the smallest eigenvalue of H is about %.4g, the largest %.4g (%s)."
                                    + " Raise damping (now %s) to %.4g, or invert the Gauss-Newton matrix",
                            spectrum.smallest(),
                            spectrum.largest(),
                            this,
                            lambda,
                            system.sufficient(spectrum).damping()));
        }
        double condition = (spectrum.largest() + lambda) / system.smallest(factor);
        String name = description(chosen != null ? lambda + " (" + spectrum.reason() + ")" : Double.toString(lambda));
        return new Factored(
                factor,
                String.format(Locale.ROOT, "%s, positive definite, condition number about %.3g", name, condition),
                lambda,
                tolerance);
    }

    /** What is left of a solve when the matrix has been factored. */
    private record Factored(Cholesky factor, String name, double damping, double tolerance) implements InverseHvp {
        @Override
        public List<Solution> solveAll(Curvature curvature, List<INDArray> vectors, Progress progress) {
            progress.checkpoint(Stage.INVERSE_HVP, 0, 1);
            List<Solution> solutions = solutions(curvature, RightHandSides.of(curvature, vectors));
            progress.checkpoint(Stage.INVERSE_HVP, 1, 1);
            return solutions;
        }

        List<Solution> solutions(Curvature curvature, RightHandSides sides) {
            Certificate certificate = new Certificate(
                    name,
                    damping,
                    Double.NaN,
                    curvature.full(),
                    curvature.examples(),
                    tolerance,
                    SolveOutcome.TOLERANCE_NOT_MET);
            List<Certificate.Course> courses =
                    sides.vectors().stream().map(this::course).toList();
            List<Solution> solutions = certificate.of(sides.vectors(), courses);
            solutions.forEach(solution -> {
                if (solution.report().outcome() != SolveOutcome.SOLVED) {
                    throw new SolveFailedException(
                            solution.report(),
                            String.format(
                                    Locale.ROOT,
                                    "the direct solve has a relative residual of %.3g, not the wanted %s, as far as the numbers'"
                                            + " precision carries (%s): raise the damping, ask for a larger tolerance, or compute in DOUBLE",
                                    solution.report().relativeResidual(),
                                    tolerance,
                                    name));
                }
            });
            return sides.restored(solutions);
        }

        private Certificate.Course course(INDArray vector) {
            INDArray s = Nd4j.createFromArray(factor.solve(vector.toDoubleVector()));
            INDArray cast = s.castTo(vector.dataType());
            if (cast != s) {
                s.close();
            }
            return new Certificate.Course(cast, factor.rows().length, Double.NaN, List.of(Vectors.norm(cast)));
        }

        @Override
        public boolean givesSolutionsAway() {
            return true;
        }
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
        return String.format(Locale.ROOT, "DirectSolver(damping=%s, tolerance=%s)", lambda, tolerance);
    }

    /** Options of a direct solve. Not thread-safe. */
    public static final class Builder {
        private @Nullable Double damping;
        private double tolerance = 1e-3;
        private int maxParameters = 10_000;

        private Builder() {}

        /**
         * The damping lambda of the system, in units of curvature, at least 0. Default: a thousandth of the largest eigenvalue
         * (and what is needed to outweigh a negative one); the report names it.
         */
        public Builder damping(double value) {
            damping = Check.notNegative("damping", value);
            return this;
        }

        /**
         * The relative residual {@code |(H + lambda I) s - v| / |v|} to reach, above 0: no solution is returned
         * whose true residual, measured by products with H, is larger. Single precision carries to about 1e-7 times the condition
         * number. Default: 1e-3.
         */
        public Builder tolerance(double value) {
            tolerance = Check.positive("tolerance", value);
            return this;
        }

        /** Models of more parameters are refused, at least 1. Default: 10,000, whose matrix and factor are 800 MB. */
        public Builder maxParameters(int value) {
            maxParameters = Check.positive("maxParameters", value);
            return this;
        }

        /** Returns the solver. */
        public DirectSolver build() {
            return new DirectSolver(this);
        }
    }
}
