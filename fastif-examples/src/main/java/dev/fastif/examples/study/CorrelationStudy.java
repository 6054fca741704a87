package dev.fastif.examples.study;

import dev.fastif.core.Batch;
import dev.fastif.core.Candidates;
import dev.fastif.core.CurvatureMatrix;
import dev.fastif.core.Influence;
import dev.fastif.core.InfluenceResult;
import dev.fastif.core.InverseHvp;
import dev.fastif.examples.report.Chart;
import dev.fastif.examples.report.Figure;
import dev.fastif.examples.report.Results;
import dev.fastif.examples.report.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;

/**
 * How alike fast and full influences are (paper, section 5.4, tables 2 and 4): those by a fast solver against those by an
 * accurate one, on the k nearest training examples and on all of them.
 */
public final class CorrelationStudy {
    /**
     * A damped curvature with the two solvers to compare.
     *
     * @param name for people to read
     * @param fast the solver that is examined
     * @param full the one that it is compared with
     */
    public record DampedSystem(String name, CurvatureMatrix matrix, InverseHvp fast, InverseHvp full) {}

    /**
     * What is measured; a k above the number of training examples is left out, and all of them are always measured.
     *
     * @param points evaluation points, half of them predicted correctly
     * @param ks how many nearest, each at least 2
     */
    public record Settings(int points, List<Integer> ks) {
        /** Copies the list. */
        public Settings {
            ks = List.copyOf(ks);
        }
    }

    /** The correlations on the k nearest. */
    public record Row(int k, Correlations correlations) {}

    /**
     * What was measured at an evaluation point.
     *
     * @param fastResidual relative residual of the fast s_test, on the sample that its solver measures it on
     * @param fullResidual that of the full s_test
     * @param cosine between the full s_test and the gradient: near 1, a product of gradients would do as well
     */
    public record Point(
            String system,
            int position,
            boolean correct,
            double fastResidual,
            double fullResidual,
            double cosine,
            List<Row> rows) {
        /** Copies the list. */
        public Point {
            rows = List.copyOf(rows);
        }
    }

    private final Classification task;
    private final List<DampedSystem> systems;
    private final Settings settings;
    private final List<Integer> ks;

    /** Prepares an experiment. */
    public CorrelationStudy(Classification task, List<DampedSystem> systems, Settings settings) {
        this.task = task;
        this.systems = List.copyOf(systems);
        this.settings = settings;
        int size = task.training().size();
        TreeSet<Integer> usable = new TreeSet<>(settings.ks());
        usable.add(size);
        this.ks = List.copyOf(usable.headSet(size, true));
    }

    /** Measures all points that are not on file yet. */
    public List<Point> run(Results results, StudyListener listener) {
        Predictions predictions = Predictions.of(task.model(), task.evaluation());
        int[] positions = predictions.balanced(settings.points());
        int total = systems.size() * positions.length;
        List<Point> points = new ArrayList<>();
        for (DampedSystem system : systems) {
            try (Scoring fast = scoring(system.matrix(), system.fast());
                    Scoring full = scoring(system.matrix(), system.full())) {
                for (int position : positions) {
                    listener.progress(points.size(), total);
                    points.add(results.of(
                            system.name() + ", point " + position,
                            Point.class,
                            () -> point(system.name(), fast, full, position, predictions.isCorrect(position))));
                }
            }
        }
        listener.progress(total, total);
        return points;
    }

    private Scoring scoring(CurvatureMatrix matrix, InverseHvp solver) {
        return new Scoring(
                task.model(),
                task.training(),
                new InfluenceSettings(matrix, solver, task.training().size()));
    }

    /** Influence does not depend on k: it is computed once, for all, nearest first. */
    private Point point(String system, Scoring fast, Scoring full, int position, boolean correct) {
        Batch testPoint = task.evaluation().batch(position);
        Candidates nearestFirst = fast.neighbours(testPoint, task.training().size());
        InfluenceResult ofFast = fast.explain(testPoint, nearestFirst);
        InfluenceResult ofFull = full.explain(testPoint, nearestFirst);
        return new Point(
                system,
                position,
                correct,
                ofFast.solve().relativeResidual(),
                ofFull.solve().relativeResidual(),
                ofFull.solve().cosine(),
                ks.stream()
                        .map(k -> new Row(k, Correlations.of(values(ofFast, k), values(ofFull, k))))
                        .toList());
    }

    private static double[] values(InfluenceResult result, int k) {
        return result.scored().stream().limit(k).mapToDouble(Influence::value).toArray();
    }

    /** The paper's table: the correlations on the k nearest, and on all, of each system; mean and deviation over the points. */
    public Table table(List<Point> points, int k) {
        Table.Builder table = new Table.Builder(
                "Fast against full influences (table 2)", "system", "candidates", "Pearson", "Spearman", "Kendall");
        int size = task.training().size();
        for (DampedSystem system : systems) {
            for (int candidates : ks) {
                if (candidates == k || candidates == size) {
                    List<Point> own = of(points, system);
                    table.row(
                            system.name(),
                            candidates == size ? String.format(Locale.ROOT, "all %,d", size) : candidates,
                            summary(own, candidates, Correlations::pearson).text(),
                            summary(own, candidates, Correlations::spearman).text(),
                            summary(own, candidates, Correlations::kendall).text());
                }
            }
        }
        return table.build();
    }

    /** How well each s_test solves its system, and how far the system turns the gradient. */
    public Table solves(List<Point> points) {
        Table.Builder table = new Table.Builder(
                "The solves behind them",
                "system",
                "residual of fast",
                "residual of full",
                "cosine of s_test (full) to the gradient");
        for (DampedSystem system : systems) {
            List<Point> own = of(points, system);
            table.row(
                    system.name(),
                    range(own, Point::fastResidual),
                    range(own, Point::fullResidual),
                    range(own, Point::cosine));
        }
        return table.build();
    }

    private static String range(List<Point> points, ToDoubleFunction<Point> value) {
        Summary summary = Summary.of(points.stream().mapToDouble(value).boxed().toList());
        return String.format(Locale.ROOT, "%.3f (%.3f to %.3f)", summary.mean(), summary.least(), summary.most());
    }

    /** For each system, the correlations against the number of nearest examples that they are taken over. */
    public List<Figure> figures(List<Point> points) {
        return systems.stream()
                .map(system -> figure(of(points, system), system))
                .toList();
    }

    private Figure figure(List<Point> points, DampedSystem system) {
        Chart chart = new Chart(system.name(), "nearest training examples", "correlation").logarithmicX();
        Table.Builder table = new Table.Builder(system.name(), "nearest", "Pearson", "Spearman", "Kendall");
        for (int k : ks) {
            Summary pearson = summary(points, k, Correlations::pearson);
            Summary spearman = summary(points, k, Correlations::spearman);
            Summary kendall = summary(points, k, Correlations::kendall);
            add(chart, "Pearson", k, pearson);
            add(chart, "Spearman", k, spearman);
            add(chart, "Kendall", k, kendall);
            table.row(k, pearson.text(), spearman.text(), kendall.text());
        }
        return new Figure("Lines are means over the evaluation points, bands their range.", chart.svg(), table.build());
    }

    private static void add(Chart chart, String line, int k, Summary summary) {
        chart.add(line, k, summary.mean(), summary.least(), summary.most());
    }

    private static List<Point> of(List<Point> points, DampedSystem system) {
        return points.stream()
                .filter(point -> point.system().equals(system.name()))
                .toList();
    }

    private static Summary summary(List<Point> points, int k, ToDoubleFunction<Correlations> value) {
        return Summary.of(points.stream()
                .flatMap(point -> point.rows().stream())
                .filter(row -> row.k() == k)
                .map(row -> value.applyAsDouble(row.correlations()))
                .toList());
    }
}
