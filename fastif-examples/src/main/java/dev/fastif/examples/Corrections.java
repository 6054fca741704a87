package dev.fastif.examples;

import dev.fastif.core.TrainingSet;
import dev.fastif.examples.nli.HansData;
import dev.fastif.examples.nli.HansTag;
import dev.fastif.examples.nli.LabelScheme;
import dev.fastif.examples.nli.NliPair;
import dev.fastif.examples.nli.NliTask;
import dev.fastif.examples.nli.TextExample;
import dev.fastif.examples.report.Page;
import dev.fastif.examples.study.CorrectionReport;
import dev.fastif.examples.study.CorrectionStudy;
import dev.fastif.examples.study.InfluenceSettings;
import dev.fastif.hvp.autodiff.frozen.FrozenActivations;
import java.util.ArrayList;
import java.util.List;

/** Runs a correction on examples whose activations it holds. Closing it lets go of them. Not thread-safe. */
final class Corrections implements AutoCloseable {
    private final StudyCommand.Run run;
    private final List<FrozenActivations> opened = new ArrayList<>();
    private final List<CorrectionStudy.Slice> slices = new ArrayList<>();

    Corrections(StudyCommand.Run run) {
        this.run = run;
    }

    /** Examples as the model takes them. */
    TrainingSet open(List<TextExample> examples) {
        NliTask task = run.task();
        FrozenActivations activations = task.examples(examples, run.progress());
        opened.add(activations);
        return activations;
    }

    /** Adds a slice of at most so many test examples. */
    void slice(String name, List<TextExample> validation, List<TextExample> test, int most) {
        slices.add(
                new CorrectionStudy.Slice(name, open(validation), open(test.subList(0, Math.min(most, test.size())))));
    }

    /** Adds the three slices of HANS. */
    void hansSlices(HansData hans, int most) {
        for (HansTag.Heuristic heuristic : HansTag.Heuristic.values()) {
            slice(
                    heuristic.text(),
                    twoWay(hans.validation().getOrDefault(heuristic, List.of())),
                    twoWay(hans.test().getOrDefault(heuristic, List.of())),
                    most);
        }
    }

    static List<TextExample> twoWay(List<NliPair> pairs) {
        return LabelScheme.TWO_WAY.examples(pairs);
    }

    StudyCommand.Outcome run(
            TrainingSet pool,
            InfluenceSettings influence,
            CorrectionStudy.Settings settings,
            String title,
            String text) {
        CorrectionStudy study = new CorrectionStudy(run.classification(), pool, slices, influence, settings);
        CorrectionReport report = new CorrectionReport(study.run(run.results(), run.listener("Correction")));
        Page page = new Page(title)
                .paragraph(text)
                .paragraph(
                        "In each iteration a few anchors are drawn from the validation examples of the slice; influence"
                                + " is that on their mean loss. Helpful, harmful, random: one step on as many examples. Anchors:"
                                + " one step on the anchors themselves.")
                .settings(run.settings())
                .table(report.overall());
        report.figures().forEach(page::figure);
        return new StudyCommand.Outcome(List.of(report.table(), report.overall()), page.table(report.table()));
    }

    @Override
    public void close() {
        opened.forEach(FrozenActivations::close);
    }
}
