package dev.fastif.examples;

import dev.fastif.core.internal.Check;
import dev.fastif.examples.report.Page;
import dev.fastif.examples.study.TradeoffStudy;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code fastif tradeoff}: the paper's figures 3b and 9. */
@Command(
        name = "tradeoff",
        description = {
            "What LiSSA's depth, batch size and repeats cost and gain (section 5.3, figure 9).",
            "By default depths and scale (1e3) are a tenth of the published ones: a recursion of J steps of scale sigma has"
                    + " come as far as one of J/10 steps of sigma/10."
        },
        mixinStandardHelpOptions = true)
final class TradeoffCommand extends StudyCommand {
    private static final double SMALL_SCALE = 1e3;

    @Option(
            names = "--points",
            paramLabel = "N",
            description = "Evaluation pairs, half of them predicted correctly (default: 2, published: 8).")
    private @Nullable Integer points;

    @Option(
            names = "--depths",
            paramLabel = "J",
            split = ",",
            description = "Recursion depths (default: 70,130; published: 700,800,...,1300).")
    private @Nullable List<Integer> depths;

    @Option(
            names = "--batches",
            paramLabel = "B",
            split = ",",
            description = "Batch sizes (default: 1,4; published: 1,2,4,...,128).")
    private @Nullable List<Integer> batches;

    private TradeoffStudy.Settings settings() {
        return new TradeoffStudy.Settings(
                Check.positive("--points", study.pick(points, 2, 8)),
                study.pick(depths, List.of(70, 130), List.of(700, 800, 900, 1000, 1100, 1200, 1300)),
                study.pick(batches, List.of(1, 4), List.of(1, 2, 4, 8, 16, 32, 64, 128)),
                List.of(1, 4),
                solver.damping(),
                study.full() ? solver.scale() : solver.scale(SMALL_SCALE),
                options.seed());
    }

    @Override
    String experiment() {
        return "tradeoff";
    }

    @Override
    void describe(Map<String, Object> settings) {
        TradeoffStudy.Settings tried = settings();
        settings.put("depths", tried.depths());
        settings.put("batches", tried.batches());
        settings.put("repeats", tried.repeats());
        settings.put("scale", tried.scale());
    }

    @Override
    void extent(Map<String, Object> settings) {
        settings.put("points", settings().points());
    }

    @Override
    Outcome run(Run run) {
        TradeoffStudy tradeoff = new TradeoffStudy(run.classification(), solver.matrix(), settings());
        List<TradeoffStudy.Trial> trials = tradeoff.run(run.results(), run.listener("Solves"));
        Page page = new Page("Speed and quality of inverse Hessian-vector products")
                .paragraph("LiSSA's recursion depth J, batch size B and repeats T: the time of a solve, and how far its"
                        + " s_test is from that of the most expensive setting, which draws random numbers of its own"
                        + " (section 5.3). All repeats run one after the other here.")
                .settings(run.settings());
        tradeoff.figures(trials).forEach(page::figure);
        return new Outcome(List.of(tradeoff.table(trials)), page);
    }
}
