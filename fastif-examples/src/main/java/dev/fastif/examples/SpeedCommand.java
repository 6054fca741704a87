package dev.fastif.examples;

import dev.fastif.core.CandidateIndex;
import dev.fastif.core.internal.Check;
import dev.fastif.examples.report.Page;
import dev.fastif.examples.study.SpeedReport;
import dev.fastif.examples.study.SpeedStudy;
import dev.fastif.knn.ExactIndex;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code fastif speed}: the paper's table 1. */
@Command(
        name = "speed",
        description = {
            "What a question costs without and with preselection, with the original s_test and the fast one, on one worker"
                    + " and on several (section 5.1, table 1).",
            "Steps and scored pairs are measured in part and multiplied, unless --full."
        },
        mixinStandardHelpOptions = true)
final class SpeedCommand extends StudyCommand {
    private static final int DEPTH = 1000;
    private static final int ORIGINAL_BATCH = 128;
    private static final int REPEATS = 4;

    @Option(
            names = "--points",
            paramLabel = "N",
            description = "Evaluation pairs, half of them predicted correctly (default: 2, published: 10).")
    private @Nullable Integer points;

    @Option(
            names = "--workers",
            paramLabel = "N",
            description = "Worker threads of the last column (default: the processors).")
    private @Nullable Integer workers;

    @Option(
            names = "--original-steps",
            paramLabel = "N",
            description =
                    "Steps of the original s_test (1000 of 128 pairs each) that are measured (default: 3; with --full"
                            + " 500, twice that is the whole).")
    private @Nullable Integer originalSteps;

    @Option(
            names = "--fast-steps",
            paramLabel = "N",
            description =
                    "Steps of the fast s_test (1000 of one pair, by 4 repeats) that are measured (default: 50; with"
                            + " --full 500).")
    private @Nullable Integer fastSteps;

    @Option(
            names = "--scored",
            paramLabel = "N",
            description = "Training pairs that are scored (default: 500; with --full all).")
    private @Nullable Integer scored;

    private int points() {
        return Check.positive("--points", study.pick(points, 2, 10));
    }

    private SpeedStudy.Settings settings(int asked, int trainingPairs) {
        return new SpeedStudy.Settings(
                asked,
                DEPTH,
                Math.min(ORIGINAL_BATCH, trainingPairs),
                REPEATS,
                Check.positive(
                        "--workers", workers == null ? Runtime.getRuntime().availableProcessors() : workers),
                study.pick(originalSteps, 3, DEPTH / 2),
                study.pick(fastSteps, 50, DEPTH / 2),
                Check.positive("--scored", Math.min(trainingPairs, study.pick(scored, 500, trainingPairs))),
                solver.damping(),
                solver.scale(LissaOptions.PUBLISHED_SCALE),
                options.seed());
    }

    @Override
    String experiment() {
        return "speed-" + options.encoder();
    }

    @Override
    void describe(Map<String, Object> settings) {
        // the costs of a point, however many there are
        settings.put(
                "costs",
                settings(1, (Integer) Objects.requireNonNull(settings.get("training")))
                        .toString());
        settings.put("processors", Runtime.getRuntime().availableProcessors());
    }

    @Override
    void extent(Map<String, Object> settings) {
        settings.put("points", points());
    }

    @Override
    Outcome run(Run run) {
        int size = run.task().trainingSet().size();
        SpeedStudy.Settings settings = settings(points(), size);
        try (CandidateIndex index = ExactIndex.of(run.task().features(run.progress()))) {
            SpeedStudy speed = new SpeedStudy(run.classification(), solver.matrix(), index, settings);
            SpeedStudy.Preparation preparation = speed.prepare(run.results());
            SpeedReport report =
                    new SpeedReport(settings, size, preparation, speed.run(run.results(), run.listener("Questions")));
            Page page = new Page("What a question costs")
                    .paragraph(
                            "The paper's table 1: seconds of one question without preselection and with the k nearest, with the"
                                    + " original s_test and the fast one, on one worker and on several. The factor in brackets is against"
                                    + " the original without preselection on these pairs. Each number is the sum of its parts in the table"
                                    + " below; where steps or scored pairs were measured in part and multiplied it is marked with ~.")
                    .settings(run.settings())
                    .figure(report.figure());
            report.tables().stream().skip(1).forEach(page::table);
            return new Outcome(report.tables(), page);
        }
    }
}
