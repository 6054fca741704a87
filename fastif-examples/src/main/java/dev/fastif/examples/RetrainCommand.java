package dev.fastif.examples;

import dev.fastif.core.internal.Check;
import dev.fastif.examples.nli.FineTuning;
import dev.fastif.examples.nli.NliTask;
import dev.fastif.examples.report.Page;
import dev.fastif.examples.study.RetrainStudy;
import dev.fastif.hvp.autodiff.GraphModel;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code fastif retrain}: the paper's figures 3c and 10. */
@Command(
        name = "retrain",
        description = {
            "What removing influential training pairs and retraining does to the loss (section 5.4, figure 10).",
            "The default trains on 400 pairs, since every trial is a training; --training says otherwise."
        },
        mixinStandardHelpOptions = true)
final class RetrainCommand extends StudyCommand {
    private static final int SMALL_TRAINING = 400;

    @Option(
            names = "--points",
            paramLabel = "N",
            description = "Evaluation pairs, half of them predicted correctly (default: 4, published: 10).")
    private @Nullable Integer points;

    @Option(
            names = "--remove",
            paramLabel = "M",
            split = ",",
            description = "How many pairs are removed (default: 5,50; published: 1,5,25,50,100).")
    private @Nullable List<Integer> removed;

    @Option(
            names = "--candidates",
            paramLabel = "K",
            split = ",",
            description = "How many nearest are scored, 0 for all (default: 0,100; published: 0,1000,10000).")
    private @Nullable List<Integer> candidates;

    private RetrainStudy.Settings settings() {
        return new RetrainStudy.Settings(
                Check.positive("--points", study.pick(points, 4, 10)),
                study.pick(removed, List.of(5, 50), List.of(1, 5, 25, 50, 100)),
                study.pick(candidates, List.of(0, 100), List.of(0, 1000, 10_000)),
                options.seed());
    }

    @Override
    int defaultTraining(int all) {
        return study.full() ? all : Math.min(SMALL_TRAINING, all);
    }

    @Override
    String experiment() {
        return "retrain";
    }

    @Override
    void describe(Map<String, Object> settings) {
        // which examples are removed follows from the task, the solver and the seed
    }

    @Override
    void extent(Map<String, Object> settings) {
        settings.put("points", settings().points());
        settings.put("removed", settings().removed());
        settings.put("candidates", settings().candidates());
    }

    @Override
    Outcome run(Run run) {
        NliTask task = run.task();
        FineTuning fineTuning = options.fineTuning();
        RetrainStudy retrain = new RetrainStudy(
                run.classification(),
                without -> {
                    GraphModel model = task.model().replicate();
                    model.setParameterValues(task.initialParameters());
                    fineTuning.train(model, task.trainingSet(), without, (done, total) -> {});
                    return model;
                },
                run.influence(),
                settings());
        List<RetrainStudy.Trial> trials = retrain.run(run.results(), run.listener("Retraining"));
        Page page = new Page("Removal and retraining")
                .paragraph(
                        "The model is trained again without some training pairs: the most helpful, the most harmful, or"
                                + " random ones; shown is what that does to the loss of the evaluation pair (section 5.4).")
                .settings(run.settings());
        retrain.figures(trials).forEach(page::figure);
        return new Outcome(List.of(retrain.table(trials)), page);
    }
}
