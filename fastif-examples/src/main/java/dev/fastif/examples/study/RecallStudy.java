package dev.fastif.examples.study;

import dev.fastif.core.Batch;
import dev.fastif.core.Candidates;
import dev.fastif.core.Influence;
import dev.fastif.examples.report.Chart;
import dev.fastif.examples.report.Figure;
import dev.fastif.examples.report.Results;
import dev.fastif.examples.report.Table;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * How many of the m most influential training examples are among the k nearest (paper, section 5.2, figures 3a and 8). The
 * truth are the influences of all training examples.
 */
public final class RecallStudy {
    /** Whose recall is asked for. */
    public enum Kind {
        /** The most negative influences. */
        HELPFUL(Scoring::mostHelpfulFirst),
        /** The most positive influences. */
        HARMFUL(Scoring::mostHarmfulFirst),
        /** The largest influences of either sign. */
        ABSOLUTE(Scoring::largestFirst);

        @SuppressWarnings("ImmutableEnumChecker") // a method of no object
        private final UnaryOperator<List<Influence>> order;

        Kind(UnaryOperator<List<Influence>> order) {
            this.order = order;
        }
    }

    /**
     * What is measured; an m or k above the number of training examples is left out.
     *
     * @param points evaluation points, half of them predicted correctly
     * @param ms how many of the most influential
     * @param ks how many nearest
     */
    public record Settings(int points, List<Integer> ms, List<Integer> ks) {
        /** Copies the lists. */
        public Settings {
            ms = List.copyOf(ms);
            ks = List.copyOf(ks);
        }
    }

    /** A share of the m most influential that is among the k nearest. */
    public record Share(Kind kind, int m, int k, double recall) {}

    /** The shares of an evaluation point. */
    public record Point(int position, boolean correct, List<Share> shares) {
        /** Copies the list. */
        public Point {
            shares = List.copyOf(shares);
        }
    }

    private final Classification task;
    private final InfluenceSettings influence;
    private final Settings settings;
    private final int size;

    /** Prepares an experiment. */
    public RecallStudy(Classification task, InfluenceSettings influence, Settings settings) {
        this.task = task;
        this.influence = influence;
        this.settings = settings;
        this.size = task.training().size();
    }

    /** Measures all points that are not on file yet. */
    public List<Point> run(Results results, StudyListener listener) {
        Predictions predictions = Predictions.of(task.model(), task.evaluation());
        int[] positions = predictions.balanced(settings.points());
        List<Point> points = new ArrayList<>();
        try (Scoring scoring = new Scoring(task.model(), task.training(), influence)) {
            for (int position : positions) {
                listener.progress(points.size(), positions.length);
                points.add(results.of(
                        "point " + position,
                        Point.class,
                        () -> new Point(position, predictions.isCorrect(position), shares(scoring, position))));
            }
        }
        listener.progress(positions.length, positions.length);
        return points;
    }

    private List<Share> shares(Scoring scoring, int position) {
        Batch testPoint = task.evaluation().batch(position);
        List<Influence> all = scoring.all(testPoint);
        Map<Integer, Integer> ranks = new HashMap<>();
        Candidates nearest = scoring.neighbours(testPoint, size);
        for (int rank = 0; rank < nearest.size(); rank++) {
            ranks.put(nearest.id(rank), rank);
        }
        List<Share> shares = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            List<Influence> order = kind.order.apply(all);
            for (int m : settings.ms()) {
                for (int k : settings.ks()) {
                    if (m <= size && k <= size) {
                        long found = order.stream()
                                .limit(m)
                                .filter(influential -> ranks.getOrDefault(influential.id(), size) < k)
                                .count();
                        shares.add(new Share(kind, m, k, found / (double) m));
                    }
                }
            }
        }
        return shares;
    }

    /** One table for each m: a row for each k. */
    public List<Table> tables(List<Point> points) {
        return usable(settings.ms()).stream().map(m -> table(points, m)).toList();
    }

    private Table table(List<Point> points, int m) {
        Table.Builder table = new Table.Builder(
                String.format(Locale.ROOT, "R@%,d: share of the %,d most influential among the k nearest", m, m),
                "k",
                "helpful (correct)",
                "harmful (correct)",
                "absolute (correct)",
                "helpful (incorrect)",
                "harmful (incorrect)",
                "absolute (incorrect)",
                "random");
        for (int k : usable(settings.ks())) {
            List<Object> row = new ArrayList<>(List.of(k));
            for (boolean correct : new boolean[] {true, false}) {
                for (Kind kind : Kind.values()) {
                    row.add(summary(points, correct, kind, m, k).text());
                }
            }
            row.add(k / (double) size);
            table.row(row.toArray());
        }
        return table.build();
    }

    /** One figure for each m and for correct and incorrect predictions. */
    public List<Figure> figures(List<Point> points) {
        List<Figure> figures = new ArrayList<>();
        for (int m : usable(settings.ms())) {
            for (boolean correct : new boolean[] {true, false}) {
                Chart chart = new Chart(
                                String.format(
                                        Locale.ROOT, "R@%,d, %s predictions", m, correct ? "correct" : "incorrect"),
                                "nearest neighbours k",
                                "recall")
                        .logarithmicX();
                for (int k : usable(settings.ks())) {
                    for (Kind kind : Kind.values()) {
                        Summary summary = summary(points, correct, kind, m, k);
                        chart.add(
                                kind.name().toLowerCase(Locale.ROOT),
                                k,
                                summary.mean(),
                                Math.max(0, summary.low()),
                                Math.min(1, summary.high()));
                    }
                    chart.add("random", k, k / (double) size);
                }
                figures.add(new Figure(
                        "Lines are means over the evaluation points, bands one deviation; random selection is the floor.",
                        chart.svg(),
                        table(points, m)));
            }
        }
        return figures;
    }

    private static Summary summary(List<Point> points, boolean correct, Kind kind, int m, int k) {
        return Summary.of(points.stream()
                .filter(point -> point.correct() == correct)
                .flatMap(point -> point.shares().stream())
                .filter(share -> share.kind() == kind && share.m() == m && share.k() == k)
                .map(Share::recall)
                .toList());
    }

    private List<Integer> usable(List<Integer> numbers) {
        return numbers.stream().filter(number -> number <= size).toList();
    }
}
