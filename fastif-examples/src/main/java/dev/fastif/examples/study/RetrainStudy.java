package dev.fastif.examples.study;

import dev.fastif.core.Batch;
import dev.fastif.core.Influence;
import dev.fastif.core.Model;
import dev.fastif.examples.report.Chart;
import dev.fastif.examples.report.Figure;
import dev.fastif.examples.report.Results;
import dev.fastif.examples.report.Table;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What removing influential training examples and retraining does to the loss of the evaluation point (paper, section 5.4,
 * figures 3c and 10): helpful, harmful and random ones, found among all training examples or among the k nearest.
 */
public final class RetrainStudy {
    /** Retrains the model. */
    @FunctionalInterface
    public interface Trainer {
        /** A model that was trained like the task's, without these training examples. */
        Model without(Set<Integer> ids);
    }

    /** Which examples are removed. */
    public enum Arm {
        /** The most helpful: the loss should rise. */
        HELPFUL,
        /** The most harmful: the loss should fall. */
        HARMFUL,
        /** Random ones: the floor. */
        RANDOM
    }

    /**
     * What is tried.
     *
     * @param points evaluation points, half of them predicted correctly
     * @param removed how many examples are removed
     * @param candidates how many nearest are scored, 0 for all
     */
    public record Settings(int points, List<Integer> removed, List<Integer> candidates, long seed) {
        /** Copies the lists. */
        public Settings {
            removed = List.copyOf(removed);
            candidates = List.copyOf(candidates);
        }
    }

    /**
     * One retraining.
     *
     * @param candidates how many nearest were scored, 0 for all; -1 for random removal
     * @param predicted the change of the loss that the influences predict; NaN for random removal
     * @param change the change of the loss that came of it
     */
    public record Trial(
            int position, boolean correct, Arm arm, int candidates, int removed, double predicted, double change) {}

    private static final int NONE = -1;

    private final Classification task;
    private final Trainer trainer;
    private final InfluenceSettings influence;
    private final Settings settings;

    /** Prepares an experiment. */
    public RetrainStudy(Classification task, Trainer trainer, InfluenceSettings influence, Settings settings) {
        this.task = task;
        this.trainer = trainer;
        this.influence = influence;
        this.settings = settings;
    }

    private record Removal(Arm arm, int candidates, int removed) {
        String key(int position) {
            return String.format(Locale.ROOT, "point %d, %s, k %d, remove %d", position, arm, candidates, removed);
        }
    }

    /** Retrains for all removals that are not on file yet. */
    public List<Trial> run(Results results, StudyListener listener) {
        Predictions predictions = Predictions.of(task.model(), task.evaluation());
        int[] positions = predictions.balanced(settings.points());
        List<Removal> removals = removals();
        int total = positions.length * removals.size();
        List<Trial> trials = new ArrayList<>();
        try (Scoring scoring = new Scoring(task.model(), task.training(), influence)) {
            for (int position : positions) {
                boolean missing = removals.stream().anyMatch(removal -> !results.has(removal.key(position)));
                Batch testPoint = task.evaluation().batch(position);
                List<List<Influence>> influences = missing ? influences(scoring, testPoint) : List.of();
                for (Removal removal : removals) {
                    listener.progress(trials.size(), total);
                    trials.add(results.of(
                            removal.key(position),
                            Trial.class,
                            () -> trial(removal, influences, testPoint, position, predictions.isCorrect(position))));
                }
            }
        }
        listener.progress(total, total);
        return trials;
    }

    private List<Removal> removals() {
        List<Removal> removals = new ArrayList<>();
        for (int removed : settings.removed()) {
            for (int candidates : settings.candidates()) {
                removals.add(new Removal(Arm.HELPFUL, candidates, removed));
                removals.add(new Removal(Arm.HARMFUL, candidates, removed));
            }
            removals.add(new Removal(Arm.RANDOM, NONE, removed));
        }
        return removals;
    }

    /** For each number of candidates, their influences. */
    private List<List<Influence>> influences(Scoring scoring, Batch testPoint) {
        return settings.candidates().stream()
                .map(k -> k == 0 ? scoring.all(testPoint) : scoring.of(testPoint, scoring.neighbours(testPoint, k)))
                .toList();
    }

    private Trial trial(
            Removal removal, List<List<Influence>> influences, Batch testPoint, int position, boolean correct) {
        Set<Integer> removed;
        double predicted = Double.NaN;
        if (removal.arm() == Arm.RANDOM) {
            removed = Arrays.stream(randomIds(position, removal.removed()))
                    .boxed()
                    .collect(Collectors.toSet());
        } else {
            List<Influence> all = influences.get(settings.candidates().indexOf(removal.candidates()));
            List<Influence> first = (removal.arm() == Arm.HELPFUL
                            ? Scoring.mostHelpfulFirst(all)
                            : Scoring.mostHarmfulFirst(all))
                    .stream().limit(removal.removed()).toList();
            removed = first.stream().map(Influence::id).collect(Collectors.toSet());
            predicted =
                    first.stream().mapToDouble(Influence::changeIfUnweighted).sum();
        }
        double change = loss(trainer.without(removed), testPoint) - loss(task.model(), testPoint);
        return new Trial(position, correct, removal.arm(), removal.candidates(), removal.removed(), predicted, change);
    }

    private int[] randomIds(int position, int count) {
        int size = task.training().size();
        return count >= size
                ? IntStream.range(0, size).toArray()
                : new Random(31 * settings.seed() + position)
                        .ints(0, size)
                        .distinct()
                        .limit(count)
                        .toArray();
    }

    private static double loss(Model model, Batch testPoint) {
        return model.losses(testPoint).getDouble(0);
    }

    private static String name(Trial trial) {
        String arm = trial.arm().name().toLowerCase(Locale.ROOT);
        return switch (trial.candidates()) {
            case NONE -> arm;
            case 0 -> arm + ", full";
            default -> String.format(Locale.ROOT, "%s, k = %,d", arm, trial.candidates());
        };
    }

    /** The change of the loss, and the predicted one, for each kind of removal. */
    public Table table(List<Trial> trials) {
        Table.Builder table = new Table.Builder(
                "Change of the evaluation point's loss after removal and retraining, mean and deviation over the points",
                "removed",
                "how many",
                "correct",
                "incorrect",
                "predicted (all)");
        for (String name : names(trials)) {
            for (int removed : settings.removed()) {
                List<Trial> same = trials.stream()
                        .filter(trial -> name(trial).equals(name) && trial.removed() == removed)
                        .toList();
                table.row(
                        name,
                        removed,
                        change(same, true).text(),
                        change(same, false).text(),
                        Summary.of(same.stream().map(Trial::predicted).toList()).mean());
            }
        }
        return table.build();
    }

    private static List<String> names(List<Trial> trials) {
        return trials.stream().map(RetrainStudy::name).distinct().sorted().toList();
    }

    private static Summary change(List<Trial> trials, boolean correct) {
        return Summary.of(trials.stream()
                .filter(trial -> trial.correct() == correct)
                .map(Trial::change)
                .toList());
    }

    /** For correct and for incorrect predictions. */
    public List<Figure> figures(List<Trial> trials) {
        List<Figure> figures = new ArrayList<>();
        for (boolean correct : new boolean[] {true, false}) {
            Chart chart = new Chart(
                            correct ? "Correct predictions" : "Incorrect predictions",
                            "removed training examples",
                            "change of the loss")
                    .logarithmicX();
            for (String name : names(trials)) {
                for (int removed : settings.removed()) {
                    Summary summary = change(
                            trials.stream()
                                    .filter(trial -> name(trial).equals(name) && trial.removed() == removed)
                                    .toList(),
                            correct);
                    chart.add(name, removed, summary.mean(), summary.low(), summary.high());
                }
            }
            figures.add(new Figure(
                    "Without helpful examples the loss should rise, without harmful ones fall. Bands: one deviation.",
                    chart.svg(),
                    table(trials)));
        }
        return figures;
    }
}
