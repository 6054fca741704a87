package dev.fastif.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The certificate of a solve of {@code (H + lambda I) s = v}.
 *
 * @param outcome {@link SolveOutcome#SOLVED}, or what was accepted by name, as by {@code Lissa.Builder.anyResidual()}
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
        SolveOutcome outcome,
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
     * What a reader should know before they trust s, and what to do, in words; empty if nothing stands out: a residual above 0.5, or
     * an absolute cosine above 0.999, with which influence is all but a product of gradients.
     */
    public List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        if (isPoor()) {
            warnings.add(String.format(
                    Locale.ROOT,
                    "the relative residual is %.3g, so that s is closer to nothing than to a solution: raise the damping, or let the"
                            + " solver work for longer",
                    relativeResidual));
        }
        if (isParallel()) {
            warnings.add(String.format(
                    Locale.ROOT,
                    "s is parallel to v (cosine %.6f), so that influence is all but a product of gradients: lower the damping (%s),"
                            + " which outweighs the curvature",
                    cosine,
                    damping));
        }
        return List.copyOf(warnings);
    }

    boolean isPoor() {
        return !(relativeResidual <= POOR);
    }

    boolean isParallel() {
        return Math.abs(cosine) > PARALLEL;
    }

    /** Without the history. */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%s: %s, damping %s, relative residual %.3g on %d examples, cosine %.4f, %d products",
                solver,
                outcome,
                damping,
                relativeResidual,
                residualExamples,
                cosine,
                iterations);
    }
}
