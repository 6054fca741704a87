package dev.fastif.examples.study;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.CurvatureMatrix;
import dev.fastif.examples.report.Browser;
import dev.fastif.examples.report.CircleGraph;
import dev.fastif.examples.report.Figure;
import dev.fastif.examples.report.Page;
import dev.fastif.examples.report.Results;
import dev.fastif.hvp.autodiff.GraphModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The experiments find what was planted, go on where they were, and leave the model as it was. */
final class StudiesTest {
    private static final StudyListener SILENT = (done, total) -> {};

    private final Path folder;
    private final PlantedTask planted = new PlantedTask();

    StudiesTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @Test
    void theTaskIsWhatItSays() {
        Predictions reversed = Predictions.of(planted.model, planted.test);
        assertTrue(Predictions.of(planted.model, planted.training).accuracy() > 0.9);
        assertTrue(reversed.accuracy() < 0.9, "there is something to correct: " + reversed.accuracy());
        assertTrue(planted.task.evaluation().size() == PlantedTask.EVALUATION);
    }

    @Test
    void recallFindsTheCarriersAmongTheNearest() throws IOException {
        RecallStudy study = new RecallStudy(
                planted.task,
                planted.influence,
                new RecallStudy.Settings(20, List.of(PlantedTask.CARRIERS, 1_000), List.of(10, 40, 160, 10_000)));
        List<RecallStudy.Point> points = resumed("recall", results -> study.run(results, SILENT));
        assertTrue(points.size() >= 10, () -> points.size() + " points");
        double near = mean(points, RecallStudy.Kind.ABSOLUTE, 40);
        assertTrue(near > 1.5 * 40 / 160, "a quarter of the training set holds " + near + " of the most influential");
        for (RecallStudy.Kind kind : RecallStudy.Kind.values()) {
            assertEquals(1, mean(points, kind, 160), 1e-12, "all of the training set holds all of them");
        }
        assertEquals(1, study.tables(points).size(), "m = 1,000 is more than there are");
        assertEquals(3, study.tables(points).get(0).rows().size());
        assertEquals(2, study.figures(points).size());
    }

    @Test
    void theCarriersAreWhatHelpsWhereTheModelIsWrong() {
        int[] wrong = IntStream.of(
                        Predictions.of(planted.model, planted.evaluation).wrong())
                .filter(i -> i % 4 != 0)
                .toArray();
        try (Scoring scoring = new Scoring(planted.model, planted.training, planted.influence)) {
            for (int position : wrong) {
                int best = Scoring.mostHelpfulFirst(scoring.all(planted.evaluation.batch(position)))
                        .get(0)
                        .id();
                assertTrue(best < PlantedTask.CARRIERS, () -> best + " helps most with " + position);
            }
        }
    }

    private static double mean(List<RecallStudy.Point> points, RecallStudy.Kind kind, int k) {
        return points.stream()
                .flatMap(point -> point.shares().stream())
                .filter(share -> share.kind() == kind && share.k() == k)
                .mapToDouble(RecallStudy.Share::recall)
                .average()
                .orElseThrow();
    }

    @Test
    void tradeoffErrorFallsWithDepthAndTimeIsThere() {
        TradeoffStudy study = new TradeoffStudy(
                planted.task,
                CurvatureMatrix.GAUSS_NEWTON,
                new TradeoffStudy.Settings(2, List.of(10, 100, 400), List.of(1, 16), List.of(1, 4), 0.1, 10, 0));
        try (Results results = Results.open(folder.resolve("tradeoff.jsonl"), Map.of())) {
            List<TradeoffStudy.Trial> trials = study.run(results, SILENT);
            assertEquals(2 * 3 * 2 * 2, trials.size());
            assertEquals(trials, study.run(results, SILENT), "on file");
            assertTrue(trials.stream().allMatch(trial -> trial.seconds() > 0));
            assertTrue(error(trials, 400, 16, 4) < error(trials, 10, 16, 4));
            assertTrue(error(trials, 400, 16, 4) < error(trials, 400, 1, 1));
            assertEquals(12, study.table(trials).rows().size());
        }
    }

    private static double error(List<TradeoffStudy.Trial> trials, int depth, int batch, int repeats) {
        return trials.stream()
                .filter(trial -> trial.depth() == depth && trial.batch() == batch && trial.repeats() == repeats)
                .mapToDouble(TradeoffStudy.Trial::relativeError)
                .average()
                .orElseThrow();
    }

    /** At a large damping even a short recursion is right; the same one is not where curvature matters. */
    @Test
    void correlationTellsWhereCurvatureMatters() throws IOException {
        CorrelationStudy study = planted.correlation(8);
        List<CorrelationStudy.Point> points = resumed("correlation", results -> study.run(results, SILENT));
        assertEquals(16, points.size());
        double strong = pearson(points, "strongly damped");
        double weak = pearson(points, "weakly damped");
        assertTrue(strong > 0.99 && weak < strong, strong + " and " + weak);
        assertTrue(points.stream()
                .allMatch(point -> point.cosine() > 0.99 == point.system().startsWith("strongly")));
        assertEquals(
                List.of(10, 40, PlantedTask.TRAINING),
                points.get(0).rows().stream().map(CorrelationStudy.Row::k).toList());
        assertEquals(4, study.table(points, 40).rows().size());
        assertEquals(2, study.solves(points).rows().size());
        assertEquals(2, study.figures(points).size());
    }

    private static double pearson(List<CorrelationStudy.Point> points, String system) {
        return points.stream()
                .filter(point -> point.system().equals(system))
                .mapToDouble(point -> point.rows().get(2).correlations().pearson())
                .average()
                .orElseThrow();
    }

    @Test
    void correctionPicksTheCarriersAndHelpfulBeatsRandom() throws IOException {
        CorrectionStudy study = new CorrectionStudy(
                planted.task,
                planted.training,
                List.of(new CorrectionStudy.Slice("reversed", planted.validation, planted.test)),
                planted.influence,
                new CorrectionStudy.Settings(10, 10, 6, 0.3, 2, 0));
        List<CorrectionStudy.Course> courses = resumed("correct", results -> study.run(results, SILENT));
        assertEquals(8, courses.size());
        double helpful = gain(courses, CorrectionStudy.Arm.HELPFUL);
        double harmful = gain(courses, CorrectionStudy.Arm.HARMFUL);
        double random = gain(courses, CorrectionStudy.Arm.RANDOM);
        assertTrue(helpful < random && random < harmful + 1e-9, helpful + " < " + random + " < " + harmful);
        long carriers = courses.stream()
                .filter(course -> course.arm() == CorrectionStudy.Arm.HELPFUL)
                .flatMap(course -> course.chosen().get(0).stream())
                .filter(id -> id < PlantedTask.CARRIERS)
                .count();
        assertTrue(carriers >= 6, () -> carriers + " of 12 first choices are carriers");
        CorrectionReport report = new CorrectionReport(courses);
        assertEquals(4, report.table().rows().size());
        assertEquals(4, report.overall().rows().size());
        assertEquals(3, report.figures().size());
    }

    private static double gain(List<CorrectionStudy.Course> courses, CorrectionStudy.Arm arm) {
        return courses.stream()
                .filter(course -> course.arm() == arm)
                .mapToDouble(course ->
                        course.scores().get(10).loss() - course.scores().get(0).loss())
                .average()
                .orElseThrow();
    }

    @Test
    void simulationExplainsByInfluentialExamples() throws IOException {
        GraphModel simulator = planted.untrained();
        PlantedTask.FINE_TUNING.train(
                simulator,
                Relabelled.predicted(planted.training, Predictions.of(planted.model, planted.training)),
                (done, total) -> {});
        SimulationStudy study = new SimulationStudy(
                planted.task,
                simulator,
                List.of("0", "1"),
                planted.influence,
                new SimulationStudy.Settings(16, 3, 7, -3, 0, 0));
        INDArray theta = simulator.parameterValues();
        List<SimulationStudy.Point> points = resumed("simulate", results -> study.run(results, SILENT));
        assertEquals(theta, simulator.parameterValues());
        double helpful = fall(points, true, "helpful");
        double random = Math.max(fall(points, true, "random, 0"), fall(points, true, "random, 1"));
        assertTrue(helpful < random, "correct: " + helpful + " after helpful, " + random + " after random examples");
        double harmful = fall(points, false, "harmful");
        double helpfulToWrong = fall(points, false, "helpful");
        assertTrue(harmful < helpfulToWrong, "incorrect: " + harmful + " after harmful, " + helpfulToWrong);
        assertEquals(4, study.table(points).rows().size());
        assertEquals(points.size(), study.figures(points).size());
    }

    /** The mean change of the loss at the highest learning rate. */
    private static double fall(List<SimulationStudy.Point> points, boolean correct, String kind) {
        return points.stream()
                .filter(point -> point.correct() == correct)
                .mapToDouble(point -> point.curves().stream()
                                .filter(curve -> curve.kind().equals(kind))
                                .flatMap(curve -> curve.losses().get(6).stream())
                                .mapToDouble(Double::doubleValue)
                                .average()
                                .orElseThrow()
                        - point.before())
                .average()
                .orElseThrow();
    }

    @Test
    void retrainingWithoutHelpfulExamplesRaisesTheLoss() throws IOException {
        RetrainStudy study = new RetrainStudy(
                planted.task,
                planted::trainedWithout,
                planted.influence,
                new RetrainStudy.Settings(6, List.of(1, 6), List.of(0, 40), 0));
        List<RetrainStudy.Trial> trials = resumed("retrain", results -> study.run(results, SILENT));
        assertEquals(6 * 2 * 5, trials.size());
        double helpful = change(trials, RetrainStudy.Arm.HELPFUL);
        double harmful = change(trials, RetrainStudy.Arm.HARMFUL);
        assertTrue(helpful > 0.05 && helpful > harmful, helpful + " and " + harmful);
        assertEquals(10, study.table(trials).rows().size());
        assertEquals(2, study.figures(trials).size());
    }

    private static double change(List<RetrainStudy.Trial> trials, RetrainStudy.Arm arm) {
        return trials.stream()
                .filter(trial -> trial.arm() == arm && trial.removed() == 6)
                .mapToDouble(RetrainStudy.Trial::change)
                .average()
                .orElseThrow();
    }

    @Test
    void removingNothingChangesNothing() {
        assertEquals(
                planted.model.parameterValues(),
                planted.trainedWithout(java.util.Set.of()).parameterValues());
    }

    @Test
    void interactionsAreDrawnAndCounted() throws Exception {
        int[] wrong = Predictions.of(planted.model, planted.evaluation).wrong();
        List<InteractionStudy.Node> nodes = IntStream.of(wrong)
                .mapToObj(i -> new InteractionStudy.Node(i, i % 4 == 0 ? "plain" : "reversed"))
                .toList();
        InteractionStudy study = new InteractionStudy(planted.task, planted.influence);
        List<InteractionStudy.Star> stars = resumed("visualize", results -> study.run(nodes, results, SILENT));
        List<InteractionStudy.SliceStatistics> statistics = InteractionStudy.statistics(stars);
        assertEquals(
                40L * nodes.size(),
                statistics.stream().mapToLong(s -> s.helpful() + s.harmful()).sum());
        List<InteractionStudy.GroupStatistics> groups =
                InteractionStudy.groups(stars, id -> id < PlantedTask.CARRIERS ? "carrier" : "other");
        assertEquals(
                40L * nodes.size(),
                groups.stream()
                        .mapToLong(InteractionStudy.GroupStatistics::edges)
                        .sum());
        assertTrue(
                magnitude(groups, "reversed", "carrier") > 2 * magnitude(groups, "reversed", "other"),
                groups::toString);
        for (InteractionStudy.SliceCorrelation correlation : InteractionStudy.correlations(stars)) {
            if (correlation.first().equals(correlation.second())) {
                assertEquals(1, correlation.correlation(), 1e-9);
            }
        }
        CircleGraph graph = new CircleGraph(200);
        nodes.forEach(node -> graph.outer(node.position(), node.slice(), "evaluation \"" + node.position() + "\""));
        for (int id = 0; id < PlantedTask.TRAINING; id++) {
            graph.inner(id, id < PlantedTask.CARRIERS ? "carrier" : "other", "training " + id);
        }
        stars.forEach(
                star -> star.edges().forEach(edge -> graph.edge(edge.training(), edge.position(), edge.influence())));
        Path page = folder.resolve("graph.html");
        new Page("Interactions")
                .figure(new Figure(
                        "All.",
                        graph.svg(),
                        new dev.fastif.examples.report.Table.Builder("t", "a")
                                .row("b")
                                .build()))
                .write(page);
        Browser.check(page, 1);
    }

    private static double magnitude(List<InteractionStudy.GroupStatistics> groups, String slice, String group) {
        return groups.stream()
                .filter(one -> one.slice().equals(slice) && one.group().equals(group))
                .mapToDouble(InteractionStudy.GroupStatistics::mean)
                .findFirst()
                .orElseThrow();
    }

    private interface Run<T> extends Function<Results, T> {}

    /**
     * Runs an experiment to its end, and once more from a file that was cut off in the middle of a record: both must give
     * the same, and neither may change the model.
     */
    private <T> T resumed(String name, Run<T> run) throws IOException {
        INDArray theta = planted.model.parameterValues();
        Path whole = folder.resolve(name + ".jsonl");
        T first = in(whole, run);
        byte[] content = Files.readAllBytes(whole);
        Path cut = folder.resolve(name + "-cut.jsonl");
        Files.write(cut, Arrays.copyOf(content, content.length * 3 / 5));
        T second = in(cut, run);
        assertEquals(first, second);
        assertArrayEquals(content, Files.readAllBytes(cut));
        assertEquals(theta, planted.model.parameterValues());
        return first;
    }

    private static <T> T in(Path file, Run<T> run) {
        try (Results results = Results.open(file, Map.of("experiment", "test"))) {
            return run.apply(results);
        }
    }
}
