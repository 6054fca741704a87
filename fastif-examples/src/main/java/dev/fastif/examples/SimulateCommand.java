package dev.fastif.examples;

import dev.fastif.core.internal.Check;
import dev.fastif.examples.nli.NliTask;
import dev.fastif.examples.report.Page;
import dev.fastif.examples.study.Predictions;
import dev.fastif.examples.study.Relabelled;
import dev.fastif.examples.study.SimulationStudy;
import dev.fastif.hvp.autodiff.GraphModel;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code fastif simulate}: the paper's figures 4 and 11. */
@Command(
        name = "simulate",
        description =
                "Whether influential pairs explain predictions to a simulator of the model (section 6.1, figure 4).",
        mixinStandardHelpOptions = true)
final class SimulateCommand extends StudyCommand {
    private static final double LOWEST = -5;
    private static final double HIGHEST = -2.5;

    @Option(
            names = "--points",
            paramLabel = "N",
            description = "Evaluation pairs, half of them predicted correctly (default: 10, published: 20).")
    private @Nullable Integer points;

    @Option(
            names = "--examples",
            paramLabel = "N",
            description = "Training pairs of each kind, each for a step of its own (default and published: 10).")
    private @Nullable Integer examples;

    @Option(
            names = "--rates",
            paramLabel = "N",
            description = "Learning rates from 1e-5 to 10^-2.5 (default: 11, published: 50).")
    private @Nullable Integer rates;

    private SimulationStudy.Settings settings() {
        return new SimulationStudy.Settings(
                Check.positive("--points", study.pick(points, 10, 20)),
                Check.positive("--examples", study.pick(examples, 10, 10)),
                Check.positive("--rates", study.pick(rates, 11, 50)),
                LOWEST,
                HIGHEST,
                options.seed());
    }

    @Override
    String experiment() {
        return "simulate";
    }

    @Override
    void describe(Map<String, Object> settings) {
        settings.put("examples", settings().examples());
        settings.put("learning rates", settings().learningRates());
    }

    @Override
    void extent(Map<String, Object> settings) {
        settings.put("points", settings().points());
    }

    @Override
    Outcome run(Run run) {
        NliTask task = run.task();
        GraphModel simulator = task.trained(
                options.fineTuning(),
                Relabelled.predicted(task.trainingSet(), Predictions.of(task.model(), task.trainingSet())),
                "labelled by the model itself",
                (done, total) -> run.progress().update("Fine-tuning the simulator", done, total));
        SimulationStudy simulation =
                new SimulationStudy(run.classification(), simulator, task.labels(), run.influence(), settings());
        List<SimulationStudy.Point> measured = simulation.run(run.results(), run.listener("Simulation"));
        Page page = new Page("Do influential examples explain predictions?")
                .paragraph(
                        "A simulator, trained on the labels that the model predicts for its training pairs, takes one"
                                + " gradient step on one influential (or random) training pair with its true label. If it then"
                                + " foresees the model's prediction better, the pair explains it (section 6.1).")
                .settings(run.settings())
                .table(simulation.table(measured));
        simulation.figures(measured).forEach(page::figure);
        return new Outcome(List.of(simulation.table(measured)), page);
    }
}
