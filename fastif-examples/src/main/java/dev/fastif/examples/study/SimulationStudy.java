package dev.fastif.examples.study;

import dev.fastif.core.Batch;
import dev.fastif.core.Influence;
import dev.fastif.core.TrainingSet;
import dev.fastif.examples.report.Chart;
import dev.fastif.examples.report.Figure;
import dev.fastif.examples.report.Results;
import dev.fastif.examples.report.Table;
import dev.fastif.hvp.autodiff.GraphModel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Whether influential examples explain a prediction (paper, section 6.1, figures 4 and 11): a simulator, trained to predict
 * what the task model predicts, takes one gradient step on one example, with its true label; does it then foresee the task
 * model's prediction for the test point better? The examples are the most helpful, the most harmful, and random ones of
 * each label, at many learning rates.
 */
public final class SimulationStudy {
    private static final String HELPFUL = "helpful";
    private static final String HARMFUL = "harmful";

    /**
     * What is tried.
     *
     * @param points evaluation points, half of them predicted correctly
     * @param examples of each kind, each for a step of its own
     * @param rates learning rates, evenly spaced in the logarithm
     * @param lowest the exponent of 10 of the lowest rate
     * @param highest the exponent of 10 of the highest rate
     */
    public record Settings(int points, int examples, int rates, double lowest, double highest, long seed) {
        /** The learning rates, lowest first. */
        public List<Double> learningRates() {
            return IntStream.range(0, rates)
                    .mapToObj(i -> Math.pow(10, lowest + (highest - lowest) * i / Math.max(1, rates - 1)))
                    .toList();
        }
    }

    /**
     * The simulator's loss after a step on examples of one kind.
     *
     * @param kind such as helpful
     * @param examples the training examples
     * @param losses for each learning rate those of the examples
     */
    public record Curve(String kind, List<Integer> examples, List<List<Double>> losses) {
        /** Copies the lists. */
        public Curve {
            examples = List.copyOf(examples);
            losses = losses.stream().map(List::copyOf).toList();
        }
    }

    /** The curves of an evaluation point, and the simulator's loss before any step. */
    public record Point(int position, boolean correct, double before, List<Curve> curves) {
        /** Copies the list. */
        public Point {
            curves = List.copyOf(curves);
        }
    }

    private final Classification task;
    private final GraphModel simulator;
    private final List<String> labels;
    private final InfluenceSettings influence;
    private final Settings settings;

    /**
     * Prepares an experiment.
     *
     * @param simulator trained on the training examples with the labels that the task model predicts; see
     *     {@link Relabelled}
     * @param labels what the classes are called
     */
    public SimulationStudy(
            Classification task,
            GraphModel simulator,
            List<String> labels,
            InfluenceSettings influence,
            Settings settings) {
        this.task = task;
        this.simulator = simulator;
        this.labels = List.copyOf(labels);
        this.influence = influence;
        this.settings = settings;
    }

    /** Measures all points that are not on file yet. */
    public List<Point> run(Results results, StudyListener listener) {
        Predictions predictions = Predictions.of(task.model(), task.evaluation());
        int[] positions = predictions.balanced(settings.points());
        Map<String, int[]> byLabel = byLabel();
        List<Point> points = new ArrayList<>();
        try (Scoring scoring = new Scoring(task.model(), task.training(), influence)) {
            for (int position : positions) {
                listener.progress(points.size(), positions.length);
                points.add(results.of(
                        "point " + position, Point.class, () -> point(scoring, predictions, byLabel, position)));
            }
        }
        listener.progress(positions.length, positions.length);
        return points;
    }

    /** Ids by true label. */
    private Map<String, int[]> byLabel() {
        TrainingSet training = task.training();
        int[] classes = IntStream.range(0, training.size())
                .map(id -> Predictions.classes(training.batch(id))[0])
                .toArray();
        Map<String, int[]> byLabel = new LinkedHashMap<>();
        for (int label = 0; label < labels.size(); label++) {
            int wanted = label;
            byLabel.put(
                    "random, " + labels.get(label),
                    IntStream.range(0, classes.length)
                            .filter(id -> classes[id] == wanted)
                            .toArray());
        }
        return byLabel;
    }

    private Point point(Scoring scoring, Predictions predictions, Map<String, int[]> byLabel, int position) {
        Batch truth = task.evaluation().batch(position);
        Batch predicted = new Relabelled(
                        task.evaluation(),
                        IntStream.range(0, predictions.size())
                                .map(predictions::predicted)
                                .toArray())
                .batch(position);
        List<Influence> nearest = scoring.nearest(truth);
        List<Curve> curves = new ArrayList<>();
        curves.add(curve(HELPFUL, Scoring.ids(Scoring.mostHelpfulFirst(nearest), settings.examples()), predicted));
        curves.add(curve(HARMFUL, Scoring.ids(Scoring.mostHarmfulFirst(nearest), settings.examples()), predicted));
        Random random = new Random(31 * settings.seed() + position);
        byLabel.forEach((kind, ids) -> curves.add(curve(kind, draw(random, ids), predicted)));
        return new Point(position, predictions.isCorrect(position), loss(predicted), curves);
    }

    private int[] draw(Random random, int... ids) {
        List<Integer> shuffled = new ArrayList<>(IntStream.of(ids).boxed().toList());
        Collections.shuffle(shuffled, random);
        return shuffled.stream()
                .limit(settings.examples())
                .mapToInt(Integer::intValue)
                .toArray();
    }

    private Curve curve(String kind, int[] ids, Batch testPoint) {
        INDArray theta = simulator.parameterValues();
        List<List<Double>> losses = new ArrayList<>();
        settings.learningRates().forEach(rate -> losses.add(new ArrayList<>()));
        for (int id : ids) {
            INDArray gradient = Steps.gradient(simulator, task.training().batch(id));
            for (int i = 0; i < settings.rates(); i++) {
                double rate = settings.learningRates().get(i);
                INDArray moved = theta.sub(gradient.mul(rate));
                simulator.setParameterValues(moved);
                losses.get(i).add(loss(testPoint));
                moved.close();
            }
            simulator.setParameterValues(theta);
        }
        return new Curve(kind, IntStream.of(ids).boxed().toList(), losses);
    }

    private double loss(Batch testPoint) {
        return simulator.losses(testPoint).getDouble(0);
    }

    /** The lowest mean loss over the learning rates, as a change, for each kind; means over the points. */
    public Table table(List<Point> points) {
        Table.Builder table = new Table.Builder(
                "Change of the simulator's loss by one step, mean over examples, at the learning rate that is best for the"
                        + " point; means over the points",
                "steps on",
                "correct",
                "incorrect",
                "all");
        for (String kind : kinds(points)) {
            table.row(
                    kind,
                    change(points.stream().filter(Point::correct).toList(), kind)
                            .text(),
                    change(points.stream().filter(point -> !point.correct()).toList(), kind)
                            .text(),
                    change(points, kind).text());
        }
        return table.build();
    }

    private static Summary change(List<Point> points, String kind) {
        return Summary.of(points.stream()
                .flatMap(point -> point.curves().stream()
                        .filter(curve -> curve.kind().equals(kind))
                        .map(curve -> curve.losses().stream()
                                        .mapToDouble(
                                                losses -> Summary.of(losses).mean())
                                        .min()
                                        .orElse(Double.NaN)
                                - point.before()))
                .toList());
    }

    private static List<String> kinds(List<Point> points) {
        return points.stream()
                .flatMap(point -> point.curves().stream())
                .map(Curve::kind)
                .distinct()
                .toList();
    }

    /** One figure a point: the simulator's loss against the learning rate. */
    public List<Figure> figures(List<Point> points) {
        return points.stream().map(this::figure).toList();
    }

    private Figure figure(Point point) {
        String title = String.format(
                Locale.ROOT,
                "Evaluation point %d, predicted %s",
                point.position(),
                point.correct() ? "correctly" : "incorrectly");
        Chart chart = new Chart(title, "learning rate", "simulator's loss").logarithmicX();
        Table.Builder table =
                new Table.Builder(title, "steps on", "loss before", "lowest mean loss", "least loss", "most loss");
        List<Double> rates = settings.learningRates();
        for (Curve curve : point.curves()) {
            double lowest = Double.POSITIVE_INFINITY;
            double least = Double.POSITIVE_INFINITY;
            double most = Double.NEGATIVE_INFINITY;
            for (int i = 0; i < rates.size(); i++) {
                Summary summary = Summary.of(curve.losses().get(i));
                chart.add(curve.kind(), rates.get(i), summary.mean(), summary.least(), summary.most());
                lowest = Math.min(lowest, summary.mean());
                least = Math.min(least, summary.least());
                most = Math.max(most, summary.most());
            }
            table.row(curve.kind(), point.before(), lowest, least, most);
        }
        return new Figure(
                "Lines are means over the examples that the step was taken on, bands their range.",
                chart.svg(),
                table.build());
    }
}
