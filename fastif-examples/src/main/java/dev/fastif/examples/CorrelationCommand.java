package dev.fastif.examples;

import dev.fastif.core.CurvatureMatrix;
import dev.fastif.core.internal.Check;
import dev.fastif.examples.report.Page;
import dev.fastif.examples.study.CorrelationStudy;
import dev.fastif.examples.study.CorrelationStudy.DampedSystem;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code fastif correlation}: the paper's tables 2 and 4. */
@Command(
        name = "correlation",
        description = {
            "Correlates fast influences (LiSSA, the nearest training pairs) with full ones (conjugate gradients, all pairs):"
                    + " section 5.4, table 2.",
            "Two systems: the one of --matrix and --damping (as published: one where s_test is nearly the gradient), and the"
                    + " Gauss-Newton matrix with --low-damping, where curvature matters."
        },
        mixinStandardHelpOptions = true)
final class CorrelationCommand extends StudyCommand {
    private static final List<Integer> KS = List.of(10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000);

    /** The paper's k. */
    private static final int K = 1000;

    private static final int SAMPLE = 256;

    @Option(
            names = "--points",
            paramLabel = "N",
            description = "Evaluation pairs, half of them predicted correctly (default: 2, published: 20).")
    private @Nullable Integer points;

    @Option(
            names = "--tolerance",
            paramLabel = "X",
            defaultValue = "0.05",
            description = "Relative residual of the full solver (default: ${DEFAULT-VALUE}).")
    private double tolerance = 0.05;

    @Option(
            names = "--low-damping",
            paramLabel = "X",
            defaultValue = "1",
            description = "Damping of the second system; 0 for none (default: ${DEFAULT-VALUE}).")
    private double lowDamping = 1;

    @Override
    String experiment() {
        return "correlation";
    }

    @Override
    SolverOptions.Standard standard() {
        return new SolverOptions.Standard(SolverOptions.Solver.lissa, SAMPLE, tolerance, CurvatureMatrix.HESSIAN);
    }

    private CorrelationStudy.Settings settings() {
        return new CorrelationStudy.Settings(Check.positive("--points", study.pick(points, 2, 20)), KS);
    }

    private List<DampedSystem> systems(Run run) {
        int size = run.task().trainingSet().size();
        List<DampedSystem> systems = new ArrayList<>();
        systems.add(new DampedSystem(
                name(solver.matrix(), solver.damping()),
                solver.matrix(),
                run.influence().solver(),
                solver.conjugateGradient(standard(), solver.damping(), size, options.seed())));
        if (lowDamping > 0) {
            systems.add(new DampedSystem(
                    name(CurvatureMatrix.GAUSS_NEWTON, lowDamping),
                    CurvatureMatrix.GAUSS_NEWTON,
                    solver.automaticLissa(lowDamping, options.seed()),
                    solver.conjugateGradient(standard(), lowDamping, size, options.seed())));
        }
        return systems;
    }

    private static String name(CurvatureMatrix matrix, double damping) {
        return String.format(
                Locale.ROOT, "%s + %s I", matrix == CurvatureMatrix.HESSIAN ? "Hessian" : "Gauss-Newton", damping);
    }

    @Override
    void describe(Map<String, Object> settings) {
        settings.put("tolerance", tolerance);
        Check.argument(lowDamping >= 0, "--low-damping is %s: it must be at least 0", lowDamping);
        settings.put("low damping", lowDamping);
    }

    @Override
    void extent(Map<String, Object> settings) {
        settings.put("points", settings().points());
    }

    @Override
    Outcome run(Run run) {
        List<DampedSystem> systems = systems(run);
        CorrelationStudy correlation = new CorrelationStudy(run.classification(), systems, settings());
        List<CorrelationStudy.Point> measured = correlation.run(run.results(), run.listener("Correlation"));
        Page page = new Page("Fast against full influences")
                .paragraph(
                        "The same influences by a fast and by an accurate solver of the same damped system (section 5.4)."
                                + " Where the damping is large, s_test is nearly the gradient, and there is little that a fast"
                                + " solver could get wrong: the cosine tells.");
        systems.forEach(system ->
                page.paragraph(system.name() + ". Fast: " + system.fast() + ". Full: " + system.full() + "."));
        page.settings(run.settings()).table(correlation.table(measured, K)).table(correlation.solves(measured));
        correlation.figures(measured).forEach(page::figure);
        return new Outcome(List.of(correlation.table(measured, K), correlation.solves(measured)), page);
    }
}
