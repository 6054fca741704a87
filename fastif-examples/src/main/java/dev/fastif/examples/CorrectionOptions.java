package dev.fastif.examples;

import dev.fastif.core.internal.Check;
import dev.fastif.examples.study.CorrectionStudy;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a model is corrected by gradient steps. */
final class CorrectionOptions {
    @Option(
            names = "--iterations",
            paramLabel = "N",
            defaultValue = "10",
            description = "Gradient steps (default: ${DEFAULT-VALUE}, as published).")
    private int iterations = 10;

    @Option(
            names = "--anchors",
            paramLabel = "N",
            description =
                    "Validation examples that influence is asked for in each iteration, and training examples that"
                            + " the step is taken on (default and published: 10; 50 for Amazon-WILDS).")
    private @Nullable Integer anchors;

    @Option(
            names = "--step",
            paramLabel = "X",
            description =
                    "Learning rate of the steps (default: 1e-2; published, for BERT-base: 1e-4, which moves the losses of"
                            + " MiniLM in their fourth digit).")
    private @Nullable Double step;

    @Option(
            names = "--repetitions",
            paramLabel = "N",
            defaultValue = "3",
            description = "Repetitions (default: ${DEFAULT-VALUE}, as published).")
    private int repetitions = 3;

    @Option(
            names = "--candidates",
            paramLabel = "K",
            description = "How many nearest examples are scored (default: 200, published: 1000).")
    private @Nullable Integer candidates;

    @Option(
            names = "--evaluation",
            paramLabel = "N",
            description =
                    "Examples of each slice that the model is evaluated on after each step (default: 200, published:"
                            + " all).")
    private @Nullable Integer evaluation;

    CorrectionStudy.Settings settings(StudyOptions study, int defaultAnchors, long seed) {
        int size = anchors == null ? defaultAnchors : Check.positive("--anchors", anchors);
        return new CorrectionStudy.Settings(
                Check.positive("--iterations", iterations),
                size,
                size,
                Check.positive("--step", study.pick(step, 1e-2, 1e-4)),
                Check.positive("--repetitions", repetitions),
                seed);
    }

    /** What a course depends on. */
    void describe(CorrectionStudy.Settings correction, StudyOptions study, Map<String, Object> settings) {
        settings.put("iterations", correction.iterations());
        settings.put("anchors", correction.anchors());
        settings.put("examples", correction.examples());
        settings.put("step", correction.learningRate());
        settings.put("candidates", candidates(study));
        settings.put("evaluated on", evaluation(study));
    }

    int candidates(StudyOptions study) {
        return Check.positive("--candidates", study.pick(candidates, 200, 1000));
    }

    int evaluation(StudyOptions study) {
        return Check.positive("--evaluation", study.pick(evaluation, 200, Integer.MAX_VALUE));
    }
}
