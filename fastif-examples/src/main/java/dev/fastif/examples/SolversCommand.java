package dev.fastif.examples;

import dev.fastif.core.Curvature;
import dev.fastif.examples.nli.NliTask;
import dev.fastif.examples.study.Predictions;
import dev.fastif.examples.study.SolverComparison;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code fastif solvers}: which solver gives the best s_test for the same work. */
@Command(
        name = "solvers",
        description = "Compares LiSSA and conjugate gradients at equal cost: residual against Hessian-vector products.",
        mixinStandardHelpOptions = true)
final class SolversCommand implements Callable<Integer> {
    @Mixin
    private final TaskOptions options = new TaskOptions();

    @Mixin
    private final CurvatureOptions curvature = new CurvatureOptions();

    @Option(
            names = "--budget",
            paramLabel = "N",
            defaultValue = "4096",
            description = "The most products of single pairs for one solution (default: ${DEFAULT-VALUE}).")
    private int budget = 4096;

    @Option(
            names = "--reference",
            paramLabel = "N",
            defaultValue = "512",
            description = "Training pairs that residuals are measured on (default: ${DEFAULT-VALUE}).")
    private int reference = 512;

    @Option(
            names = "--only",
            paramLabel = "TEXT",
            defaultValue = "",
            description = "Only the solvers whose name contains this (default: all).")
    private String only = "";

    @Option(names = "--plot", paramLabel = "FILE", description = "Write the plot there, as SVG.")
    private @Nullable Path plot;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        try (ConsoleProgress progress = new ConsoleProgress();
                NliTask task = options.open(options.readData(), progress)) {
            int test = Predictions.of(task.model(), task.evaluationSet()).surestMistake();
            INDArray v = task.model().gradient(task.testPoint(task.evaluationPair(test)));
            String title = String.format(Locale.ROOT, "%s + %s I", curvature.matrix(), curvature.damping());
            out.printf(
                    Locale.ROOT,
                    "%s, evaluation pair %d, residual on %d training pairs%n%-28s %9s %7s %9s %8s %8s  %s%n",
                    title,
                    test,
                    reference,
                    "solver",
                    "products",
                    "extra",
                    "residual",
                    "cosine",
                    "seconds",
                    "settings");
            List<SolverComparison.Point> points = new SolverComparison(
                            Curvature.of(curvature.matrix(), task.model(), task.trainingSet()),
                            v,
                            curvature.damping(),
                            budget,
                            reference,
                            point -> print(out, point))
                    .run(only);
            if (plot != null) {
                Files.writeString(plot, SolverComparison.plot(title, points));
            }
        }
        return 0;
    }

    private static void print(PrintWriter out, SolverComparison.Point point) {
        out.printf(
                Locale.ROOT,
                "%-28s %9d %7d %9.4f %8.4f %8.1f  %s%n",
                point.solver(),
                point.products(),
                point.extra(),
                point.residual(),
                point.cosine(),
                point.seconds(),
                point.report());
        out.flush();
    }
}
