package dev.fastif.examples;

import dev.fastif.core.internal.Check;
import dev.fastif.examples.nli.HansData;
import dev.fastif.examples.nli.HansTag;
import dev.fastif.examples.nli.LabelScheme;
import dev.fastif.examples.nli.NliTask;
import dev.fastif.examples.nli.TextData;
import dev.fastif.examples.nli.TextExample;
import dev.fastif.examples.report.CircleGraph;
import dev.fastif.examples.report.Figure;
import dev.fastif.examples.report.Page;
import dev.fastif.examples.report.Table;
import dev.fastif.examples.study.InteractionStudy;
import dev.fastif.examples.study.Predictions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code fastif visualize}: the paper's figure 5 and tables 5 and 6. */
@Command(
        name = "visualize",
        description = "Draws which training pairs interact with which wrong predictions (section 6.2, figure 5).",
        mixinStandardHelpOptions = true)
final class VisualizeCommand extends StudyCommand {
    /** What the model is trained on, spelled as on the command line. */
    @SuppressWarnings("MemberName")
    private enum TrainedOn {
        mnli,
        hans
    }

    private static final String MNLI_SLICE = "MNLI";

    /** Wrong predictions are looked for among this many pairs of each heuristic for each one that is wanted. */
    private static final int LOOKED_AT = 10;

    @Option(
            names = "--trained-on",
            paramLabel = "NAME",
            defaultValue = "mnli",
            description =
                    "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}): the left or the right half of figure 5.")
    private TrainedOn trainedOn = TrainedOn.mnli;

    @Option(
            names = "--points",
            paramLabel = "N",
            description = "Wrong predictions of each slice: MNLI and the three of HANS (default: 10, published: 100).")
    private @Nullable Integer points;

    @Option(
            names = "--candidates",
            paramLabel = "K",
            description = "Nearest training pairs that are scored (default: 500, published: 1000).")
    private @Nullable Integer candidates;

    @Option(
            names = "--edges",
            paramLabel = "N",
            defaultValue = "3000",
            description = "The strongest edges are drawn, at most so many (default: ${DEFAULT-VALUE}).")
    private int edges = 3000;

    private int points() {
        return Check.positive("--points", study.pick(points, 10, 100));
    }

    private int candidates() {
        return Check.positive("--candidates", study.pick(candidates, 500, 1000));
    }

    @Override
    TextData readData() {
        HansData hans = options.readHans();
        TextData mnli = options.readData().texts(LabelScheme.TWO_WAY);
        List<TextExample> evaluation = new ArrayList<>(mnli.evaluation());
        for (HansTag.Heuristic heuristic : HansTag.Heuristic.values()) {
            List<TextExample> test = Corrections.twoWay(hans.test().getOrDefault(heuristic, List.of()));
            evaluation.addAll(test.subList(0, Math.min(LOOKED_AT * points(), test.size())));
        }
        return trainedOn == TrainedOn.mnli
                ? mnli.withEvaluation(evaluation)
                : new TextData(
                        hans.description(),
                        mnli.labels(),
                        options.firstOf(
                                Corrections.twoWay(hans.training()),
                                size -> study.full() ? size : Math.min(3000, size)),
                        evaluation);
    }

    @Override
    String experiment() {
        return "visualize-" + trainedOn;
    }

    @Override
    void describe(Map<String, Object> settings) {
        settings.put("candidates", candidates());
    }

    @Override
    void extent(Map<String, Object> settings) {
        settings.put("points", points());
    }

    @Override
    Outcome run(Run run) {
        NliTask task = run.task();
        Predictions predictions = Predictions.of(task.model(), task.evaluationSet());
        List<InteractionStudy.Node> nodes = nodes(task, predictions);
        Check.argument(!nodes.isEmpty(), "the model makes no mistake on the %s evaluation pairs", predictions.size());
        List<InteractionStudy.Star> stars = new InteractionStudy(run.classification(), run.influence(candidates()))
                .run(nodes, run.results(), run.listener("Interactions"));
        List<Table> tables = new ArrayList<>(List.of(statistics(stars), correlations(stars)));
        if (trainedOn == TrainedOn.hans) {
            tables.add(groups(stars, task));
        }
        Page page = new Page("Interactions of training pairs and wrong predictions")
                .paragraph(
                        "Outer circle: wrong predictions, by slice. Inside: training pairs, each near to the predictions"
                                + " that it influences most. Point at a node to read it (section 6.2).")
                .settings(run.settings())
                .figure(new Figure(
                        "Green edges help the prediction, red ones harm it; the stronger, the wider.",
                        graph(task, predictions, stars),
                        tables.get(0)));
        tables.subList(1, tables.size()).forEach(page::table);
        return new Outcome(tables, page);
    }

    private static String slice(TextExample example) {
        return example.group().isEmpty() ? MNLI_SLICE : "HANS, " + example.group();
    }

    /** The first wrong predictions of each slice. Generated MNLI pairs that are HANS-like count with those of HANS. */
    private List<InteractionStudy.Node> nodes(NliTask task, Predictions predictions) {
        Map<String, List<InteractionStudy.Node>> bySlice = new LinkedHashMap<>();
        for (int position : predictions.wrong()) {
            String slice = slice(task.evaluationPair(position));
            List<InteractionStudy.Node> nodes = bySlice.computeIfAbsent(slice, unused -> new ArrayList<>());
            if (nodes.size() < points()) {
                nodes.add(new InteractionStudy.Node(position, slice));
            }
        }
        return bySlice.values().stream().flatMap(List::stream).toList();
    }

    private String graph(NliTask task, Predictions predictions, List<InteractionStudy.Star> stars) {
        CircleGraph graph = new CircleGraph(Check.positive("--edges", edges));
        Set<Integer> training = new HashSet<>();
        for (InteractionStudy.Star star : stars) {
            int position = star.position();
            graph.outer(
                    position,
                    star.slice(),
                    star.slice() + ", predicted " + task.labels().get(predictions.predicted(position)) + ", label "
                            + describe(task, task.evaluationPair(position)));
            for (InteractionStudy.Edge edge : star.edges()) {
                graph.edge(edge.training(), position, edge.influence());
                if (training.add(edge.training())) {
                    TextExample pair = task.trainingPair(edge.training());
                    graph.inner(
                            edge.training(),
                            trainedOn == TrainedOn.hans ? pair.group() : "training",
                            "Training pair " + pair.id() + ", label " + describe(task, pair));
                }
            }
        }
        return graph.svg();
    }

    private static Table statistics(List<InteractionStudy.Star> stars) {
        Table.Builder table = new Table.Builder(
                "Edges of each slice (table 5)",
                "slice",
                "mean |I|, helpful",
                "mean |I|, harmful",
                "helpful edges",
                "harmful edges",
                "share helpful");
        for (InteractionStudy.SliceStatistics one : InteractionStudy.statistics(stars)) {
            table.row(
                    one.slice(),
                    one.helpfulMean(),
                    one.harmfulMean(),
                    one.helpful(),
                    one.harmful(),
                    one.helpful() / (double) (one.helpful() + one.harmful()));
        }
        return table.build();
    }

    private static Table groups(List<InteractionStudy.Star> stars, NliTask task) {
        Table.Builder table = new Table.Builder(
                "Edges of each slice by the heuristic of the training pair",
                "slice",
                "training pairs",
                "edges",
                "mean |I|");
        InteractionStudy.groups(stars, id -> task.trainingPair(id).group())
                .forEach(one -> table.row(one.slice(), one.group(), one.edges(), one.mean()));
        return table.build();
    }

    private static Table correlations(List<InteractionStudy.Star> stars) {
        Table.Builder table = new Table.Builder(
                "Correlations of training pairs' mean influences on two slices (table 6)",
                "slice",
                "and",
                "correlation",
                "training pairs with an influence on both");
        for (InteractionStudy.SliceCorrelation one : InteractionStudy.correlations(stars)) {
            if (one.first().compareTo(one.second()) < 0) {
                table.row(one.first(), one.second(), one.correlation(), one.pairs());
            }
        }
        return table.build();
    }
}
