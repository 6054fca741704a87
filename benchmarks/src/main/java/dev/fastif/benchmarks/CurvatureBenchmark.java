package dev.fastif.benchmarks;

import dev.fastif.core.Batch;
import dev.fastif.core.CurvatureMatrix;
import dev.fastif.core.Model;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * Which curvature to invert, and with what damping: influences by Hessian and by Gauss-Newton matrix, solved exactly, against
 * networks retrained on random halves of the digits: {@code CurvatureBenchmark [NAME...]} with names of {@link Training}, in
 * the root of the repository. Retrainings run at the same time, so BLAS should use one thread ({@code OMP_NUM_THREADS=1}); the
 * eigenvectors that OpenBLAS 0.3.19 finds are right only without AVX-512 ({@code OPENBLAS_CORETYPE=Haswell}).
 */
public final class CurvatureBenchmark {
    private static final double[] DAMPINGS = {0, 1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1, 10, 50};
    private static final int HALVES = 100;
    private static final long SEED = 1;
    private static final long OTHER_SEED = 2;

    private final Digits digits;
    private final Retrainings retrainings;
    private final Model model;
    private final INDArray losses;

    /** The gradient of each test loss, one a column [p, tests]. */
    private final INDArray gradients;

    private CurvatureBenchmark(Training training) {
        digits = training.digits();
        long start = System.nanoTime();
        model = training.trained(all(), SEED);
        print(
                "  p = %d, N = %d, %d test points, %d halves of %d, seed %d",
                model.parameters().size(),
                digits.training().size(),
                digits.tests().size(),
                HALVES,
                digits.training().size() / 2,
                SEED);
        print("  trained on all in %.1f s; %s", secondsSince(start), state());
        List<int[]> halves = Retrainings.halves(digits.training().size(), HALVES, SEED);
        retrainings = new Retrainings(digits, training, halves);
        start = System.nanoTime();
        losses = retrainings.losses(SEED);
        print("  %d retrainings from the same initialisation in %.0f s", HALVES, secondsSince(start));
        gradients = Nd4j.vstack(IntStream.range(0, digits.tests().size())
                        .mapToObj(i -> model.gradient(digits.test(i)))
                        .toArray(INDArray[]::new))
                .transpose();
    }

    /** Prints a table for each way of training. */
    public static void main(String... arguments) {
        List<Training> trainings = arguments.length > 0
                ? Arrays.stream(arguments).map(Training::valueOf).toList()
                : List.of(Training.values());
        long start = System.nanoTime();
        for (Training training : trainings) {
            print("%nTrained %s", training);
            new CurvatureBenchmark(training).printScores();
        }
        print("%n%.0f s in all", secondsSince(start));
    }

    private String state() {
        INDArray gradient = model.gradient(all());
        model.regularizer().addGradient(model.parameters(), model.parameterValues(), gradient);
        INDArray testLosses = model.losses(digits.tests());
        INDArray hits = model.outputs(digits.tests())
                .argMax(1)
                .castTo(testLosses.dataType())
                .eq(digits.testClasses());
        return String.format(
                Locale.ROOT,
                "gradient's norm %.2g, mean loss %.4f, test loss %.4f, test accuracy %.2f",
                gradient.norm2Number().doubleValue(),
                model.losses(all()).meanNumber().doubleValue(),
                testLosses.meanNumber().doubleValue(),
                hits.castTo(testLosses.dataType()).meanNumber().doubleValue());
    }

    private void printScores() {
        long start = System.nanoTime();
        Eigenbasis hessian = decomposed(CurvatureMatrix.HESSIAN);
        Eigenbasis gaussNewton = decomposed(CurvatureMatrix.GAUSS_NEWTON);
        print("  both matrices decomposed in %.0f s", secondsSince(start));
        print("%n| damping | Hessian LDS | cos(s, v) | definite | Gauss-Newton LDS | cos(s, v) | difference |");
        print("|---|---|---|---|---|---|---|");
        for (double damping : DAMPINGS) {
            INDArray byHessian = hessian.solve(gradients, damping);
            INDArray byGaussNewton = gaussNewton.solve(gradients, damping);
            LinearDatamodelingScore first = score(byHessian);
            LinearDatamodelingScore second = score(byGaussNewton);
            print(
                    "| %s | %s | %.3f | %s | %s | %.3f | %+.3f ± %.3f |",
                    damping,
                    text(first),
                    cosine(byHessian),
                    hessian.smallest() + damping > 0 ? "yes" : "no",
                    text(second),
                    cosine(byGaussNewton),
                    first.value() - second.value(),
                    first.standardErrorOfDifference(second));
        }
        print("%nv in place of s: %s", text(score(gradients)));
        INDArray others = retrainings.losses(OTHER_SEED);
        print(
                "the same halves, trained from another initialisation: %s",
                text(new LinearDatamodelingScore(others, losses)));
    }

    private Eigenbasis decomposed(CurvatureMatrix matrix) {
        Eigenbasis basis = Eigenbasis.of((int) model.parameters().size(), vectors -> products(matrix, vectors));
        print("  %s: eigenvalues from %.3g to %.3g", matrix, basis.smallest(), basis.largest());
        return basis;
    }

    /** All examples in one batch: {@code Curvature} would take many small ones. */
    private List<INDArray> products(CurvatureMatrix matrix, List<INDArray> vectors) {
        List<INDArray> products =
                switch (matrix) {
                    case HESSIAN -> model.hessianVectorProducts(all(), vectors);
                    case GAUSS_NEWTON -> model.gaussNewtonProducts(all(), vectors);
                };
        for (int i = 0; i < vectors.size(); i++) {
            model.regularizer().addHessianProduct(model.parameters(), vectors.get(i), products.get(i));
        }
        return products;
    }

    /** The score of the influences that follow from these s_test, [p, tests]. */
    private LinearDatamodelingScore score(INDArray solutions) {
        INDArray changes = Nd4j.vstack(IntStream.range(0, solutions.columns())
                .mapToObj(i -> model.directionalDerivatives(
                        all(), solutions.getColumn(i).dup()))
                .toArray(INDArray[]::new));
        changes.divi(digits.training().size()); // [tests, N], the change if an example is left out: -I / N
        return new LinearDatamodelingScore(retrainings.leftOut().mmul(changes.transpose()), losses);
    }

    private double cosine(INDArray solutions) {
        return IntStream.range(0, solutions.columns())
                .mapToDouble(i -> Transforms.cosineSim(solutions.getColumn(i), gradients.getColumn(i)))
                .average()
                .orElseThrow();
    }

    private Batch all() {
        return digits.training()
                .batch(IntStream.range(0, digits.training().size()).toArray());
    }

    private static String text(LinearDatamodelingScore score) {
        return String.format(Locale.ROOT, "%.3f ± %.3f", score.value(), score.standardError());
    }

    private static void print(String format, Object... arguments) {
        System.out.printf(Locale.ROOT, format + "%n", arguments);
    }

    private static double secondsSince(long start) {
        return (System.nanoTime() - start) * 1e-9;
    }
}
