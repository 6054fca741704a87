package dev.fastif.examples;

import dev.fastif.core.Candidates;
import dev.fastif.core.Influence;
import dev.fastif.core.InfluenceEngine;
import dev.fastif.core.InfluenceResult;
import dev.fastif.core.InverseHvp;
import dev.fastif.core.Query;
import dev.fastif.examples.nli.NliTask;
import dev.fastif.examples.study.Correlations;
import dev.fastif.examples.study.Predictions;
import dev.fastif.hvp.ConjugateGradient;
import dev.fastif.knn.ExactIndex;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code fastif correlation}: the paper's table 2. */
@Command(
        name = "correlation",
        description =
                "Correlates fast influences (k nearest neighbours, LiSSA) with full ones (conjugate gradients), as"
                        + " table 2 of the paper.",
        mixinStandardHelpOptions = true)
final class CorrelationCommand implements Callable<Integer> {
    /** Pairs whose solves share their work. */
    private static final int AT_ONCE = 4;

    @Mixin
    private final TaskOptions options = new TaskOptions();

    @Mixin
    private final LissaOptions lissa = new LissaOptions();

    @Option(
            names = "--points",
            paramLabel = "N",
            defaultValue = "20",
            description = "Evaluation pairs, half of them predicted correctly (default: ${DEFAULT-VALUE}).")
    private int points = 20;

    @Option(
            names = "--candidates",
            paramLabel = "K",
            defaultValue = "1000",
            description = "Nearest training pairs that are scored (default: ${DEFAULT-VALUE}).")
    private int candidates = 1000;

    @Option(
            names = "--sample",
            paramLabel = "N",
            defaultValue = "512",
            description = "Training pairs whose curvature the full solver inverts (default: ${DEFAULT-VALUE}).")
    private int sample = 512;

    @Option(
            names = "--tolerance",
            paramLabel = "X",
            defaultValue = "0.02",
            description = "Relative residual of the full solver (default: ${DEFAULT-VALUE}).")
    private double tolerance = 0.02;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (ConsoleProgress progress = new ConsoleProgress();
                NliTask task = options.open(options.readData(), progress)) {
            int[] chosen = Predictions.of(task.model(), task.evaluationSet()).balanced(points);
            List<Query> queries = IntStream.of(chosen)
                    .mapToObj(i ->
                            Query.of(task.testPoint(task.evaluationPair(i))).withProgress(progress))
                    .toList();
            List<InfluenceResult> fast = answers(task, lissa.lissa(options.seed()), queries);
            List<Query> again = new ArrayList<>();
            for (int i = 0; i < queries.size(); i++) {
                again.add(queries.get(i).withCandidates(candidatesOf(fast.get(i))));
            }
            List<InfluenceResult> full = answers(task, full(), again);
            progress.close();
            print(out, chosen, fast, full);
        }
        return 0;
    }

    private InverseHvp full() {
        return ConjugateGradient.builder()
                .damping(lissa.damping())
                .examples(sample)
                .tolerance(tolerance)
                .seed(options.seed())
                .build();
    }

    private List<InfluenceResult> answers(NliTask task, InverseHvp solver, List<Query> queries) {
        try (InfluenceEngine engine = InfluenceEngine.builder(task.model(), task.trainingSet())
                .index(ExactIndex::of)
                .inverseHvp(solver)
                .curvature(lissa.matrix())
                .candidates(Math.min(candidates, task.trainingSet().size()))
                .build()) {
            List<InfluenceResult> results = new ArrayList<>();
            for (int start = 0; start < queries.size(); start += AT_ONCE) {
                results.addAll(engine.explainAll(queries.subList(start, Math.min(queries.size(), start + AT_ONCE))));
            }
            return results;
        }
    }

    private static Candidates candidatesOf(InfluenceResult result) {
        return Candidates.of(result.scored().stream().mapToInt(Influence::id).toArray());
    }

    private void print(PrintWriter out, int[] chosen, List<InfluenceResult> fast, List<InfluenceResult> full) {
        out.printf(Locale.ROOT, "%s + %s I, k = %d%n", lissa.matrix(), lissa.damping(), candidates);
        out.printf("fast: %s%n", fast.get(0).solve().solver());
        out.printf("full: %s%n", full.get(0).solve().solver());
        out.printf(
                "%6s %9s %9s %9s %11s %11s %9s%n",
                "pair", "Pearson", "Spearman", "Kendall", "fast resid.", "full resid.", "cos(s, v)");
        List<Correlations> all = new ArrayList<>();
        for (int i = 0; i < chosen.length; i++) {
            Correlations c = Correlations.of(values(fast.get(i)), values(full.get(i)));
            all.add(c);
            out.printf(
                    Locale.ROOT,
                    "%6d %9.4f %9.4f %9.4f %11.4f %11.4f %9.4f%n",
                    chosen[i],
                    c.pearson(),
                    c.spearman(),
                    c.kendall(),
                    fast.get(i).solve().relativeResidual(),
                    full.get(i).solve().relativeResidual(),
                    full.get(i).solve().cosine());
        }
        out.println(Correlations.summary(all));
        out.flush();
    }

    private static double[] values(InfluenceResult result) {
        return result.scored().stream().mapToDouble(Influence::value).toArray();
    }
}
