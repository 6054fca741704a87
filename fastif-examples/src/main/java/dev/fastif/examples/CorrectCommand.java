package dev.fastif.examples;

import dev.fastif.examples.nli.HansData;
import dev.fastif.examples.nli.LabelScheme;
import dev.fastif.examples.nli.TextData;
import dev.fastif.examples.study.CorrectionStudy;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code fastif correct}: the paper's figures 6a and 12a. */
@Command(
        name = "correct",
        description = {
            "Corrects errors on HANS by gradient steps on influential training pairs (section 6.3, figure 6a).",
            "The model is trained on the 2-label variant of MultiNLI."
        },
        mixinStandardHelpOptions = true)
final class CorrectCommand extends StudyCommand {
    private static final int ANCHORS = 10;

    @Mixin
    private final CorrectionOptions correction = new CorrectionOptions();

    @Override
    TextData readData() {
        return options.readData().texts(LabelScheme.TWO_WAY);
    }

    @Override
    SolverOptions.Standard standard() {
        return study.full() ? SolverOptions.Standard.PUBLISHED : SolverOptions.Standard.CORRECTION;
    }

    @Override
    String experiment() {
        return "correct";
    }

    @Override
    void describe(Map<String, Object> settings) {
        correction.describe(settings(), study, settings);
    }

    @Override
    void extent(Map<String, Object> settings) {
        settings.put("repetitions", settings().repetitions());
    }

    private CorrectionStudy.Settings settings() {
        return correction.settings(study, ANCHORS, options.seed());
    }

    @Override
    Outcome run(Run run) {
        HansData hans = options.readHans();
        try (Corrections corrections = new Corrections(run)) {
            corrections.hansSlices(hans, correction.evaluation(study));
            return corrections.run(
                    run.task().trainingSet(),
                    run.influence(correction.candidates(study)),
                    settings(),
                    "Correcting errors by influential training examples",
                    "Trained on " + run.settings().get("data") + ", corrected on the same, evaluated on "
                            + hans.description() + " (section 6.3, figure 6a).");
        }
    }
}
