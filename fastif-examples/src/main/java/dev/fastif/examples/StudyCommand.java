package dev.fastif.examples;

import dev.fastif.examples.nli.LabelScheme;
import dev.fastif.examples.nli.NliTask;
import dev.fastif.examples.nli.TextData;
import dev.fastif.examples.nli.TextExample;
import dev.fastif.examples.report.Page;
import dev.fastif.examples.report.Results;
import dev.fastif.examples.report.Table;
import dev.fastif.examples.study.Classification;
import dev.fastif.examples.study.InfluenceSettings;
import dev.fastif.examples.study.Predictions;
import dev.fastif.examples.study.StudyListener;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * What the commands of the paper's experiments share: they open a task, run an experiment whose results are on file, print
 * its tables and write its page. Not thread-safe.
 */
abstract class StudyCommand implements Callable<Integer> {
    /** The paper's k, where an experiment says nothing else. */
    private static final int CANDIDATES = 1000;

    @Mixin
    final TaskOptions options = new TaskOptions();

    @Mixin
    final SolverOptions solver = new SolverOptions();

    @Mixin
    final StudyOptions study = new StudyOptions();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    /** What an experiment came to: tables for the terminal, and the page. */
    record Outcome(List<Table> tables, Page page) {}

    /** An opened task with the results on file, for the time of a run. */
    record Run(
            NliTask task,
            InfluenceSettings influence,
            Results results,
            ConsoleProgress progress,
            Map<String, ?> settings) {
        /** How influences are computed, of so many candidates. */
        InfluenceSettings influence(int candidates) {
            return new InfluenceSettings(influence.matrix(), influence.solver(), candidates);
        }

        Classification classification() {
            return new Classification(task.model(), task.trainingSet(), task.evaluationSet());
        }

        StudyListener listener(String name) {
            return (done, total) -> progress.show(name, done, total);
        }
    }

    /** Names the file of results; experiments of which there are several kinds have a name for each. */
    abstract String experiment();

    /** What the task is trained and evaluated on. */
    TextData readData() {
        return options.readData(this::defaultTraining).texts(LabelScheme.THREE_WAY);
    }

    /** How many training pairs of so many are used if no number is given. */
    int defaultTraining(int all) {
        return all;
    }

    /** Adds what each result depends on beside the task and the solver: other settings make other results. */
    abstract void describe(Map<String, Object> settings);

    /** Adds how many results there are to be. A run that asks for more goes on with those of one that asked for fewer. */
    void extent(Map<String, Object> settings) {}

    /** Runs the experiment. */
    abstract Outcome run(Run run);

    /** The solver where none is asked for. */
    SolverOptions.Standard standard() {
        return study.full() ? SolverOptions.Standard.PUBLISHED : SolverOptions.Standard.EXPERIMENT;
    }

    /** How influences are computed. */
    private InfluenceSettings influence(int trainingPairs) {
        return new InfluenceSettings(
                solver.matrix(standard()),
                solver.solver(standard(), trainingPairs, options.seed()),
                Math.min(CANDIDATES, trainingPairs));
    }

    @Override
    public final Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        Path file = study.file(experiment(), options.work());
        TextData data = readData();
        InfluenceSettings influence = influence(data.training().size());
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("experiment", experiment());
        settings.put("data", data.description());
        settings.put("training", data.training().size());
        settings.put("evaluation", data.evaluation().size());
        settings.put("texts", data.fingerprint());
        settings.put("encoder", options.encoder().toString());
        settings.put("fine-tuning", options.fineTuning().toString());
        settings.put("matrix", influence.matrix());
        settings.put("solver", influence.solver().toString());
        settings.put("seed", options.seed());
        describe(settings);
        Map<String, Object> all = new LinkedHashMap<>(settings);
        extent(all);
        try (Results results = Results.open(file, settings);
                ConsoleProgress progress = new ConsoleProgress();
                NliTask task = options.open(data, progress)) {
            out.printf(
                    Locale.ROOT,
                    "%s: %,d training pairs%n",
                    data.description(),
                    data.training().size());
            out.println(Predictions.of(task.model(), task.evaluationSet()));
            if (results.found() > 0) {
                out.printf(Locale.ROOT, "%,d results are on file already: %s%n", results.found(), file);
            }
            out.flush();
            Outcome outcome = run(new Run(task, influence, results, progress, all));
            progress.close();
            out.println();
            outcome.tables().forEach(table -> out.println(table.text()));
            Path page = file.resolveSibling(experiment() + ".html");
            outcome.page().write(page);
            out.printf(Locale.ROOT, "Results: %s%nPage: %s%n", file, page);
            out.flush();
        }
        return 0;
    }

    /** An example for people to read. */
    static String describe(NliTask task, TextExample example) {
        String label = task.labels().get(example.label());
        return example.second().isEmpty()
                ? label + "\n" + example.first()
                : label + "\nPremise: " + example.first() + "\nHypothesis: " + example.second();
    }
}
