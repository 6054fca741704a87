package dev.fastif.hvp;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import dev.fastif.core.GroupInfluence;
import dev.fastif.core.InfluenceEngine;
import dev.fastif.core.TrainingSet;
import dev.fastif.knn.ExactIndex;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.commons.math3.stat.correlation.PearsonsCorrelation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.dataset.DataSet;

/**
 * What is predicted of leaving examples out, against the libraries' own training without them, to the minimum: convex
 * problems, three strengths of the penalty, single examples and groups of four. {@code -Dfastif.removals=400} leaves out every one.
 */
class RetrainingTest {
    private static final int REMOVALS = Integer.getInteger("fastif.removals", 4);
    private static final int GROUP = 4;

    /** A convex problem as a library trains it, and the reading that its training is of. */
    private record Case(String library, ConvexProblem problem, ConvexProblem.Trainer trainer, boolean averages) {}

    static Stream<Arguments> cases() {
        List<Case> cases = new ArrayList<>();
        for (double l2 : new double[] {0.01, 0.1, 1}) {
            for (ConvexProblem.Kind kind : ConvexProblem.Kind.values()) {
                ConvexProblem problem = new ConvexProblem(kind, l2);
                cases.add(new Case("DL4J", problem, problem.dl4j(true), true));
                cases.add(new Case("DL4J, miniBatch(false)", problem, problem.dl4j(false), false));
                if (kind == ConvexProblem.Kind.RIDGE && l2 == 0.1) {
                    cases.add(new Case("SameDiff", problem, problem.sameDiff(), true));
                }
            }
        }
        return cases.stream().map(c -> Arguments.of(c.library, c.problem.kind(), c.problem.l2(), c));
    }

    @ParameterizedTest(name = "{1} by {0}, l2 {2}")
    @MethodSource("cases")
    void isPredicted(String library, ConvexProblem.Kind kind, double l2, Case c) {
        DataSet all = c.problem.training();
        ConvexProblem.Trained trained = c.trainer.train(all);
        List<Double> predicted = new ArrayList<>();
        List<Double> measured = new ArrayList<>();
        ToDoubleFunction<GroupInfluence> reading =
                c.averages ? GroupInfluence::changeIfRemoved : GroupInfluence::changeIfUnweighted;
        try (InfluenceEngine engine = InfluenceEngine.builder(trained.model(), TrainingSet.of(all))
                .index(ExactIndex::of)
                .inverseHvp(
                        ConjugateGradient.builder().damping(0).tolerance(1e-9).build())
                .build()) {
            for (int[] group : groups(all.numExamples())) {
                ConvexProblem.Trained rest = c.trainer.train(without(all, group));
                for (DataSet test : c.problem.tests()) {
                    Batch point = TrainingSet.of(test).batch(0);
                    predicted.add(reading.applyAsDouble(engine.groupInfluence(point, group)));
                    measured.add(rest.loss(test) - trained.loss(test));
                }
            }
        }
        assertAgree(String.format(Locale.ROOT, "%s by %s, l2 %s", kind, library, l2), predicted, measured);
    }

    private static List<int[]> groups(int examples) {
        List<int[]> groups = new ArrayList<>();
        int step = Math.max(1, examples / REMOVALS);
        for (int first = 0; first < examples; first += step) {
            groups.add(new int[] {first});
        }
        for (int first = 0; first + GROUP <= examples; first += Math.max(GROUP, 4 * step)) {
            groups.add(IntStream.range(first, first + GROUP).toArray());
        }
        return groups;
    }

    private static DataSet without(DataSet all, int... group) {
        int[] rest = IntStream.range(0, all.numExamples())
                .filter(id -> IntStream.of(group).noneMatch(left -> left == id))
                .toArray();
        return new DataSet(all.getFeatures().getRows(rest), all.getLabels().getRows(rest));
    }

    /** Signs of 99% agree and Pearson's correlation is 0.999, as far as a prediction to first order can be right. */
    private static void assertAgree(String what, List<Double> predicted, List<Double> measured) {
        double pearson = new PearsonsCorrelation().correlation(array(predicted), array(measured));
        long agreeing = IntStream.range(0, predicted.size())
                .filter(i -> predicted.get(i) * measured.get(i) > 0)
                .count();
        String found = String.format(
                Locale.ROOT, "%s: Pearson %.6f, %d of %d signs agree", what, pearson, agreeing, predicted.size());
        System.out.println(found);
        assertTrue(pearson >= 0.999 && agreeing >= 0.99 * predicted.size(), found);
    }

    private static double[] array(List<Double> numbers) {
        return numbers.stream().mapToDouble(Double::doubleValue).toArray();
    }
}
