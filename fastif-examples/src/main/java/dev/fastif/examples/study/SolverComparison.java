package dev.fastif.examples.study;

import dev.fastif.core.Curvature;
import dev.fastif.core.InverseHvp;
import dev.fastif.core.LinearOperator;
import dev.fastif.core.Progress;
import dev.fastif.core.Solution;
import dev.fastif.core.SolveFailedException;
import dev.fastif.examples.report.Chart;
import dev.fastif.hvp.ConjugateGradient;
import dev.fastif.hvp.Lissa;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * How good a solution each solver gives for how much work: its residual on training examples that no solver was told of,
 * against the Hessian-vector products of single examples that it took.
 */
public final class SolverComparison {
    private static final int[] BATCH_SIZES = {1, 8, 64};
    private static final int[] SAMPLES = {64, 256, 1024};
    private static final double[] TOLERANCES = {0.5, 0.2, 0.05};
    private static final int LEAST_PRODUCTS = 256;
    private static final int FACTOR = 4;
    private static final int PRECONDITIONER = 64;

    private final Curvature curvature;
    private final INDArray vector;
    private final double damping;
    private final int budget;
    private final LinearOperator reference;
    private final Consumer<Point> listener;
    private final List<Point> points = new ArrayList<>();

    /**
     * What a solver gave.
     *
     * @param products products of single examples in the recursion
     * @param extra products and gradients that went into choosing settings or the preconditioner
     * @param residual {@code |(H + lambda I) s - v| / |v|} on the reference examples
     * @param cosine cosine of s and v
     * @param report the solver's own report of its settings
     */
    public record Point(
            String solver, long products, long extra, double residual, double cosine, double seconds, String report) {}

    /**
     * Prepares a comparison.
     *
     * @param vector v, [p]
     * @param budget the most products for one solution
     * @param referenceExamples how many random training examples the residual is measured on
     * @param listener hears of each point
     */
    public SolverComparison(
            Curvature curvature,
            INDArray vector,
            double damping,
            int budget,
            int referenceExamples,
            Consumer<Point> listener) {
        this.curvature = curvature;
        this.vector = vector;
        this.damping = damping;
        this.budget = budget;
        this.reference = curvature.on(new Random(20211107)
                .ints(0, curvature.examples())
                .distinct()
                .limit(Math.min(referenceExamples, curvature.examples()))
                .toArray());
        this.listener = listener;
    }

    /** Runs all solvers whose name contains a text with all budgets. */
    public List<Point> run(String only) {
        for (int sample : SAMPLES) {
            for (boolean preconditioned : new boolean[] {false, true}) {
                String name = (preconditioned ? "preconditioned CG on " : "CG on ") + sample;
                if (name.contains(only)) {
                    conjugateGradient(name, Math.min(sample, curvature.examples()), preconditioned);
                }
            }
        }
        for (int batchSize : BATCH_SIZES) {
            String name = "LiSSA, B = " + batchSize;
            for (int products = LEAST_PRODUCTS; products <= budget && name.contains(only); products *= FACTOR) {
                lissa(name, batchSize, products / batchSize);
            }
        }
        return List.copyOf(points);
    }

    private void lissa(String name, int batchSize, int depth) {
        Lissa solver = Lissa.auto()
                .damping(damping)
                .batchSize(batchSize)
                .recursionDepth(depth)
                .build();
        // 16 products on 64 examples, 7 on each of 8 batches
        solve(name, solver, batchSize, 16L * 64 + 56L * batchSize);
    }

    private void conjugateGradient(String name, int sample, boolean preconditioned) {
        for (double tolerance : TOLERANCES) {
            ConjugateGradient.Builder builder = ConjugateGradient.builder()
                    .damping(damping)
                    .tolerance(tolerance)
                    .examples(sample)
                    .maxIterations(Math.max(1, budget / sample));
            if (preconditioned) {
                builder.preconditionerExamples(PRECONDITIONER);
            }
            if (!solve(name, builder.build(), sample, preconditioned ? PRECONDITIONER : 0)) {
                return;
            }
        }
    }

    /** Whether there is a solution within the budget. */
    private boolean solve(String name, InverseHvp solver, int examplesOfProduct, long extra) {
        long start = System.nanoTime();
        try {
            Solution solution = solver.solve(curvature, vector, Progress.none());
            double seconds = (System.nanoTime() - start) * 1e-9;
            Point point = new Point(
                    name,
                    (long) solution.report().iterations() * examplesOfProduct,
                    extra,
                    residual(solution.value()),
                    solution.report().cosine(),
                    seconds,
                    solution.report().solver());
            points.add(point);
            listener.accept(point);
            return true;
        } catch (SolveFailedException e) {
            listener.accept(new Point(
                    name,
                    0,
                    extra,
                    Double.NaN,
                    Double.NaN,
                    (System.nanoTime() - start) * 1e-9,
                    String.valueOf(e.getMessage())));
            return false;
        }
    }

    private double residual(INDArray s) {
        INDArray residual = reference.apply(s).addi(s.mul(damping)).subi(vector);
        return Math.sqrt(dot(residual, residual) / dot(vector, vector));
    }

    private static double dot(INDArray a, INDArray b) {
        return Nd4j.getBlasWrapper().dot(a, b);
    }

    /** A plot of the residuals against the products. */
    public static String plot(String title, List<Point> points) {
        Chart plot = new Chart(title, "products of single examples", "relative residual")
                .logarithmicX()
                .logarithmicY();
        IntStream.range(0, points.size())
                .mapToObj(points::get)
                .filter(point -> point.products() > 0)
                .forEach(point -> plot.add(point.solver(), (double) point.products(), point.residual()));
        return plot.svg();
    }
}
