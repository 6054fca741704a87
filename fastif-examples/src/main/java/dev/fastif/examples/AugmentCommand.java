package dev.fastif.examples;

import dev.fastif.core.internal.Check;
import dev.fastif.examples.nli.DataFolder;
import dev.fastif.examples.nli.HansData;
import dev.fastif.examples.nli.LabelScheme;
import dev.fastif.examples.nli.NliPair;
import dev.fastif.examples.nli.Review;
import dev.fastif.examples.nli.ReviewReader;
import dev.fastif.examples.nli.TextData;
import dev.fastif.examples.nli.TextExample;
import dev.fastif.examples.study.CorrectionStudy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code fastif augment}: the paper's figures 6b, 7, 12 and 13. */
@Command(
        name = "augment",
        description = {
            "Improves a model by gradient steps on influential pairs of data that is new to it (section 6.3, figures 6b, 7).",
            "hans: trained on the 2-label MultiNLI, steps on the training pairs of HANS. anli: trained on MultiNLI, steps on"
                    + " ANLI. amazon: trained on Amazon-WILDS, steps on its training reviews, evaluated on other reviewers."
        },
        mixinStandardHelpOptions = true)
final class AugmentCommand extends StudyCommand {
    /** The data sets to choose from, spelled as on the command line. */
    @SuppressWarnings("MemberName")
    private enum NewData {
        hans,
        anli,
        amazon
    }

    private static final int SMALL_REVIEWS = 3000;

    @Option(
            names = "--with",
            paramLabel = "NAME",
            defaultValue = "hans",
            description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private NewData with = NewData.hans;

    @Option(
            names = "--pool",
            paramLabel = "N",
            description = "New examples to choose from (default: 2000, published: all).")
    private @Nullable Integer pool;

    @Mixin
    private final CorrectionOptions correction = new CorrectionOptions();

    @Override
    TextData readData() {
        return switch (with) {
            case hans -> options.readData().texts(LabelScheme.TWO_WAY);
            case anli -> {
                folder();
                yield options.readData().texts(LabelScheme.THREE_WAY);
            }
            case amazon -> reviews();
        };
    }

    private TextData reviews() {
        Check.argument(
                folder().hasReviews(),
                "--data is %s, where there is no amazon/reviews.csv: 'fastif data' says how to get it",
                folder().root());
        List<Review> all = ReviewReader.scan(folder().reviewsFolder()).orThrow();
        List<TextExample> training = of(all, Review.Split.TRAIN);
        return new TextData(
                "Amazon-WILDS from " + folder().reviewsFolder(),
                Review.LABELS,
                options.firstOf(training, size -> study.full() ? size : Math.min(SMALL_REVIEWS, size)),
                limited(of(all, Review.Split.OOD_TEST), correction.evaluation(study)));
    }

    private List<TextExample> of(List<Review> all, Review.Split split) {
        List<TextExample> examples = new ArrayList<>(all.stream()
                .filter(review -> review.split() == split)
                .map(Review::example)
                .toList());
        Collections.shuffle(examples, new Random(options.seed()));
        return examples;
    }

    private DataFolder folder() {
        return options.folder()
                .orElseThrow(
                        () -> new IllegalArgumentException(
                                "--with is " + with
                                        + ", of which no pairs are generated: name its folder with --data; 'fastif data' says how to get it"));
    }

    @Override
    SolverOptions.Standard standard() {
        return study.full() ? SolverOptions.Standard.PUBLISHED : SolverOptions.Standard.CORRECTION;
    }

    @Override
    String experiment() {
        return "augment-" + with;
    }

    private CorrectionStudy.Settings settings() {
        return correction.settings(study, with == NewData.amazon ? 50 : 10, options.seed());
    }

    @Override
    void describe(Map<String, Object> settings) {
        correction.describe(settings(), study, settings);
        settings.put("pool", Check.positive("--pool", study.pick(pool, 2000, Integer.MAX_VALUE)));
    }

    @Override
    void extent(Map<String, Object> settings) {
        settings.put("repetitions", settings().repetitions());
    }

    @Override
    Outcome run(Run run) {
        try (Corrections corrections = new Corrections(run)) {
            return switch (with) {
                case hans -> hans(run, corrections);
                case anli -> anli(run, corrections);
                case amazon -> amazon(run, corrections);
            };
        }
    }

    private Outcome hans(Run run, Corrections corrections) {
        HansData hans = options.readHans();
        corrections.hansSlices(hans, correction.evaluation(study));
        return outcome(run, corrections, Corrections.twoWay(hans.training()), hans.description());
    }

    /** Where there are no training pairs, the development pairs stand in for all: six tenths of them as new data. */
    private Outcome anli(Run run, Corrections corrections) {
        boolean published = folder().hasAnli("train");
        List<NliPair> development = shuffled(folder().anli("dev"));
        List<NliPair> fresh =
                published ? shuffled(folder().anli("train")) : development.subList(0, development.size() * 6 / 10);
        List<NliPair> rest = published ? development : development.subList(fresh.size(), development.size());
        int aside = rest.size() / 4;
        corrections.slice(
                "ANLI",
                LabelScheme.THREE_WAY.examples(rest.subList(0, aside)),
                LabelScheme.THREE_WAY.examples(rest.subList(aside, rest.size())),
                correction.evaluation(study));
        String description = published
                ? "the training pairs of ANLI"
                : String.format(
                        Locale.ROOT,
                        "%,d development pairs of ANLI, whose training pairs are not there (%,d others for anchors, %,d to"
                                + " evaluate on)",
                        fresh.size(),
                        aside,
                        rest.size() - aside);
        return outcome(run, corrections, LabelScheme.THREE_WAY.examples(fresh), description);
    }

    private Outcome amazon(Run run, Corrections corrections) {
        List<Review> all = ReviewReader.scan(folder().reviewsFolder()).orThrow();
        corrections.slice(
                "unseen reviewers",
                limited(of(all, Review.Split.OOD_VALIDATION), correction.evaluation(study)),
                run.task().evaluationPairs(),
                correction.evaluation(study));
        return corrections.run(
                run.task().trainingSet(),
                run.influence(correction.candidates(study)),
                settings(),
                "Amazon-WILDS: other reviewers",
                "Trained on reviews of some reviewers, corrected on the same reviews, evaluated on other reviewers"
                        + " (section 6.3, figure 7d).");
    }

    private Outcome outcome(Run run, Corrections corrections, List<TextExample> fresh, String description) {
        return corrections.run(
                corrections.open(limited(fresh, study.pick(pool, 2000, Integer.MAX_VALUE))),
                run.influence(correction.candidates(study)),
                settings(),
                "Improving a model by influential new examples",
                "Trained on " + run.settings().get("data") + ", improved with " + description + " (section 6.3).");
    }

    private List<NliPair> shuffled(List<NliPair> pairs) {
        List<NliPair> shuffled = new ArrayList<>(pairs);
        Collections.shuffle(shuffled, new Random(options.seed()));
        return shuffled;
    }

    private static <T> List<T> limited(List<T> all, int most) {
        return all.subList(0, Math.min(most, all.size()));
    }
}
