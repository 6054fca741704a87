package dev.fastif.examples;

import dev.fastif.core.internal.Check;
import dev.fastif.examples.report.Page;
import dev.fastif.examples.study.RecallStudy;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code fastif recall}: the paper's figures 3a and 8. */
@Command(
        name = "recall",
        description = "How many of the most influential training pairs are among the nearest (section 5.2, figure 8).",
        mixinStandardHelpOptions = true)
final class RecallCommand extends StudyCommand {
    private static final List<Integer> MS = List.of(10, 100, 1000);
    private static final List<Integer> KS =
            List.of(10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000);

    @Option(
            names = "--points",
            paramLabel = "N",
            description = "Evaluation pairs, half of them predicted correctly (default: 8, published: 100).")
    private @Nullable Integer points;

    private RecallStudy.Settings settings() {
        return new RecallStudy.Settings(Check.positive("--points", study.pick(points, 8, 100)), MS, KS);
    }

    @Override
    String experiment() {
        return "recall";
    }

    @Override
    void describe(Map<String, Object> settings) {
        settings.put("most influential", MS);
        settings.put("nearest", KS);
    }

    @Override
    void extent(Map<String, Object> settings) {
        settings.put("points", settings().points());
    }

    @Override
    Outcome run(Run run) {
        RecallStudy recall = new RecallStudy(run.classification(), run.influence(), settings());
        List<RecallStudy.Point> measured = recall.run(run.results(), run.listener("Recall"));
        Page page = new Page("Recall of nearest neighbours")
                .paragraph("Influence is computed for all training pairs; then it is asked which share of the m most"
                        + " influential ones a preselection of the k nearest would have kept (section 5.2).")
                .settings(run.settings());
        recall.figures(measured).forEach(page::figure);
        return new Outcome(recall.tables(measured), page);
    }
}
