package dev.fastif.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The certificate of a solve of {@code (H + lambda I) s = v}.
 *
 * @param solver the solver, its options, and what it chose for itself and why, in words
 * @param damping lambda, the damping of the system that was solved
 * @param scale sigma, the scale of a stochastic recursion; NaN for solvers that have none
 * @param iterations Hessian-vector products of the recursion (over all repeats)
 * @param relativeResidual {@code |(H + lambda I) s - v| / |v|}, H over {@code residualExamples} examples; 0 is exact, 1 is
 *     no better than s = 0
 * @param residualExamples how many training examples the residual was measured on
 * @param cosine cosine between s and v; near 1 means that the damping dominates and influence is close to a plain
 *     product of gradients
 * @param spread the standard error of s relative to |s|, from the scatter of its repeats; NaN if there was only one
 * @param norms norms of the iterates in the order of the recursion, starting at its first, repeat by repeat
 */
public record SolveReport(
        String solver,
        double damping,
        double scale,
        int iterations,
        double relativeResidual,
        int residualExamples,
        double cosine,
        double spread,
        List<Double> norms) {
    private static final double POOR = 0.5;
    private static final double PARALLEL = 0.999;

    /** Makes the history immutable. */
    public SolveReport {
        norms = List.copyOf(norms);
    }

    /**
     * What a reader should know before they trust s, in words; empty if nothing stands out: a residual above 0.5, or a cosine
     * above 0.999, with which influence is all but a product of gradients.
     */
    public List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        if (!(relativeResidual <= POOR)) {
            warnings.add(String.format(
                    Locale.ROOT,
                    "the relative residual is %.3g: s is closer to nothing than to a solution",
                    relativeResidual));
        }
        if (Math.abs(cosine) > PARALLEL) {
            warnings.add(String.format(
                    Locale.ROOT,
                    "s is parallel to v (cosine %.6f): damping %s outweighs the curvature, and influence is a product of gradients",
                    cosine,
                    damping));
        }
        return List.copyOf(warnings);
    }

    /** Without the history. */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%s: damping %s, relative residual %.3g on %d examples, cosine %.4f, %d products",
                solver,
                damping,
                relativeResidual,
                residualExamples,
                cosine,
                iterations);
    }
}
