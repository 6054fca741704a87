package dev.fastif.examples.study;

import dev.fastif.core.Influence;
import dev.fastif.examples.report.Results;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntFunction;
import org.apache.commons.math3.stat.correlation.PearsonsCorrelation;

/**
 * Which training examples interact with which wrong predictions on slices of data (paper, section 6.2, figure 5, tables 5
 * and 6): the influences of the nearest training examples on each evaluation point.
 */
public final class InteractionStudy {
    /** An evaluation point: a position in the task's evaluation set, and the slice that it is of. */
    public record Node(int position, String slice) {}

    /** The influence of a training example on an evaluation point. */
    public record Edge(int training, int position, double influence) {}

    /** The edges of an evaluation point. */
    public record Star(int position, String slice, List<Edge> edges) {
        /** Copies the list. */
        public Star {
            edges = List.copyOf(edges);
        }
    }

    /**
     * What a slice's edges are like (table 5).
     *
     * @param helpfulMean mean magnitude of its helpful edges
     * @param harmfulMean mean magnitude of its harmful edges
     */
    public record SliceStatistics(String slice, int helpful, int harmful, double helpfulMean, double harmfulMean) {}

    /**
     * How alike training examples influence two slices (table 6).
     *
     * @param pairs training examples with an influence on both
     * @param correlation of their mean signed influences; NaN if there are too few
     */
    public record SliceCorrelation(String first, String second, int pairs, double correlation) {}

    /** The edges between a slice and a group of training examples, and their mean magnitude. */
    public record GroupStatistics(String slice, String group, int edges, double mean) {}

    private final Classification task;
    private final InfluenceSettings influence;

    /** Prepares an experiment. */
    public InteractionStudy(Classification task, InfluenceSettings influence) {
        this.task = task;
        this.influence = influence;
    }

    /** Computes the edges of all nodes that are not on file yet. */
    public List<Star> run(List<Node> nodes, Results results, StudyListener listener) {
        List<Star> stars = new ArrayList<>();
        try (Scoring scoring = new Scoring(task.model(), task.training(), influence)) {
            for (Node node : nodes) {
                listener.progress(stars.size(), nodes.size());
                stars.add(results.of(node.slice() + ", point " + node.position(), Star.class, () -> {
                    List<Influence> nearest = scoring.nearest(task.evaluation().batch(node.position()));
                    return new Star(
                            node.position(),
                            node.slice(),
                            nearest.stream()
                                    .map(one -> new Edge(one.id(), node.position(), one.value()))
                                    .toList());
                }));
            }
        }
        listener.progress(nodes.size(), nodes.size());
        return stars;
    }

    /** Table 5: a row for each slice, in the order in which they come. */
    public static List<SliceStatistics> statistics(List<Star> stars) {
        return slices(stars).stream()
                .map(slice -> {
                    List<Double> helpful = new ArrayList<>();
                    List<Double> harmful = new ArrayList<>();
                    stars.stream()
                            .filter(star -> star.slice().equals(slice))
                            .flatMap(star -> star.edges().stream())
                            .forEach(
                                    edge -> (edge.influence() < 0 ? helpful : harmful).add(Math.abs(edge.influence())));
                    return new SliceStatistics(
                            slice,
                            helpful.size(),
                            harmful.size(),
                            Summary.of(helpful).mean(),
                            Summary.of(harmful).mean());
                })
                .toList();
    }

    /**
     * Which groups of training examples are the influential ones, for each slice.
     *
     * @param group the group of a training example
     */
    public static List<GroupStatistics> groups(List<Star> stars, IntFunction<String> group) {
        Map<List<String>, List<Double>> magnitudes = new LinkedHashMap<>();
        for (Star star : stars) {
            for (Edge edge : star.edges()) {
                magnitudes
                        .computeIfAbsent(
                                List.of(star.slice(), group.apply(edge.training())), unused -> new ArrayList<>())
                        .add(Math.abs(edge.influence()));
            }
        }
        return magnitudes.entrySet().stream()
                .map(entry -> new GroupStatistics(
                        entry.getKey().get(0),
                        entry.getKey().get(1),
                        entry.getValue().size(),
                        Summary.of(entry.getValue()).mean()))
                .sorted(Comparator.comparingInt(
                                (GroupStatistics one) -> slices(stars).indexOf(one.slice()))
                        .thenComparing(GroupStatistics::group))
                .toList();
    }

    /** Table 6: each pair of slices. */
    public static List<SliceCorrelation> correlations(List<Star> stars) {
        List<SliceCorrelation> correlations = new ArrayList<>();
        for (String first : slices(stars)) {
            for (String second : slices(stars)) {
                correlations.add(correlation(first, means(stars, first), second, means(stars, second)));
            }
        }
        return correlations;
    }

    private static SliceCorrelation correlation(
            String first, Map<Integer, Double> ofFirst, String second, Map<Integer, Double> ofSecond) {
        Set<Integer> both = new HashSet<>(ofFirst.keySet());
        both.retainAll(ofSecond.keySet());
        int[] ids = both.stream().mapToInt(Integer::intValue).sorted().toArray();
        double[] x = java.util.Arrays.stream(ids)
                .mapToDouble(id -> ofFirst.getOrDefault(id, 0.0))
                .toArray();
        double[] y = java.util.Arrays.stream(ids)
                .mapToDouble(id -> ofSecond.getOrDefault(id, 0.0))
                .toArray();
        double correlation = ids.length < 3 ? Double.NaN : new PearsonsCorrelation().correlation(x, y);
        return new SliceCorrelation(first, second, ids.length, correlation);
    }

    /** The mean signed influence of each training example on a slice's points. */
    private static Map<Integer, Double> means(List<Star> stars, String slice) {
        Map<Integer, List<Double>> influences = new TreeMap<>();
        stars.stream()
                .filter(star -> star.slice().equals(slice))
                .flatMap(star -> star.edges().stream())
                .forEach(edge -> influences
                        .computeIfAbsent(edge.training(), unused -> new ArrayList<>())
                        .add(edge.influence()));
        Map<Integer, Double> means = new TreeMap<>();
        influences.forEach((id, values) -> means.put(id, Summary.of(values).mean()));
        return means;
    }

    static List<String> slices(List<Star> stars) {
        return stars.stream().map(Star::slice).distinct().toList();
    }
}
