package dev.fastif.core;

import static dev.fastif.core.Failures.assertMentions;
import static dev.fastif.core.Failures.assertRejected;
import static dev.fastif.core.TestArrays.assertClose;
import static dev.fastif.core.TestArrays.normal;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.apache.commons.math3.linear.LUDecomposition;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.RealVector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Means over test points, groups, self-influences, several questions at once, on ridge regressions in closed form. */
class FurtherQuestionsTest {
    private static final int N = 150;
    private static final Problem PROBLEM = Problem.of(N, 3, 100);

    /** Five test points. */
    private static final Batch SEVERAL = Batch.of(normal(40, 5, 3), normal(41, 5, 1));

    private static Batch single(int i) {
        return TrainingSet.of(SEVERAL).batch(i);
    }

    @Test
    void aMeanIsMeasuredByTheMeanOfTheGradients() {
        List<INDArray> asked = new ArrayList<>();
        InverseHvp recording = (curvature, vectors, progress) -> {
            asked.addAll(vectors);
            return new DirectInverse(0).solveAll(curvature, vectors, progress);
        };
        try (InfluenceEngine engine = PROBLEM.engine().inverseHvp(recording).build()) {
            engine.explain(Query.ofMean(SEVERAL));
        }
        INDArray mean = Nd4j.create(DataType.DOUBLE, 3);
        for (int i = 0; i < 5; i++) {
            INDArray x = single(i).get(Batch.FEATURES);
            double error = Nd4j.matmul(x, PROBLEM.model().weights()).getDouble(0)
                    - single(i).get(Batch.LABELS).getDouble(0);
            mean.addi(x.reshape(3).mul(2 * error / 5));
        }
        assertEquals(1, asked.size());
        assertClose(mean, asked.get(0), 1e-12);
    }

    @Test
    void influencesOnAMeanAreTheMeansOfTheInfluences() {
        int[] ids = {3, 141, 59, 26};
        try (InfluenceEngine engine = PROBLEM.engine().build()) {
            List<Influence> found = engine.explain(Query.ofMean(SEVERAL).withCandidates(Candidates.of(ids)))
                    .scored();
            double[] mean = new double[ids.length];
            for (int i = 0; i < 5; i++) {
                List<Influence> one = engine.influences(single(i), ids);
                for (int j = 0; j < ids.length; j++) {
                    mean[j] += one.get(j).value() / 5;
                }
            }
            assertArrayEquals(mean, found.stream().mapToDouble(Influence::value).toArray(), 1e-12);
            assertArrayEquals(ids, found.stream().mapToInt(Influence::id).toArray());
        }
    }

    @Test
    void candidatesOfAMeanAreTheNearestToAnyTestPoint() {
        INDArray x = PROBLEM.training().get(Batch.FEATURES);
        INDArray queries = SEVERAL.get(Batch.FEATURES);
        double[] distances = IntStream.range(0, N)
                .mapToDouble(id -> IntStream.range(0, 5)
                        .mapToDouble(query -> x.getRow(id).squaredDistance(queries.getRow(query)))
                        .min()
                        .orElseThrow())
                .toArray();
        int[] nearest = IntStream.range(0, N)
                .boxed()
                .sorted(Comparator.comparingDouble(id -> distances[id]))
                .limit(12)
                .mapToInt(Integer::intValue)
                .toArray();
        try (InfluenceEngine engine = PROBLEM.engine().candidates(12).build()) {
            List<Influence> scored = engine.explain(Query.ofMean(SEVERAL)).scored();
            assertArrayEquals(nearest, scored.stream().mapToInt(Influence::id).toArray());
            for (Influence influence : scored) {
                assertEquals(distances[influence.id()], influence.squaredDistance(), 1e-12);
            }
        }
    }

    @Test
    void aMeanOfTheSamePointIsThatPoint() {
        Batch thrice = TrainingSet.of(SEVERAL).batch(2, 2, 2);
        try (InfluenceEngine engine = PROBLEM.engine().candidates(20).build()) {
            List<Influence> expected = engine.topK(single(2)).scored();
            List<Influence> actual = engine.explain(Query.ofMean(thrice)).scored();
            assertEquals(
                    expected.stream().map(Influence::id).toList(),
                    actual.stream().map(Influence::id).toList());
            for (int i = 0; i < 20; i++) {
                assertEquals(expected.get(i).value(), actual.get(i).value(), 1e-12);
            }
        }
    }

    @Test
    void aGroupIsTheSumOfItsMembers() {
        int[] ids = {7, 0, 149};
        try (InfluenceEngine engine = PROBLEM.engine().build()) {
            GroupInfluence group = engine.groupInfluence(PROBLEM.testPoint(), ids);
            List<Influence> members = engine.influences(PROBLEM.testPoint(), ids);
            assertEquals(members, group.members());
            double sum = members.get(0).value()
                    + members.get(1).value()
                    + members.get(2).value();
            assertEquals(sum, group.value(), 1e-14);
            assertEquals(-sum / N, group.changeIfUnweighted(), 1e-14);
            assertThrows(
                    UnsupportedOperationException.class, () -> group.members().clear());
            assertRejected(() -> engine.groupInfluence(PROBLEM.testPoint()), "candidates is empty");
        }
    }

    /** Leaving out a hundredth of the examples, the most helpful or the most harmful: 7 and 2 % off. */
    @Test
    void changeOfAGroupIsThatOfRetrainingToFirstOrder() {
        Problem large = Problem.of(3000, 3, 5);
        double before = large.model().losses(large.testPoint()).getDouble(0);
        try (InfluenceEngine engine = large.engine().candidates(3000).build()) {
            InfluenceResult result = engine.topK(large.testPoint(), 30);
            for (List<Influence> extreme : List.of(result.helpful(), result.harmful())) {
                int[] ids = extreme.stream().mapToInt(Influence::id).toArray();
                double predicted = engine.groupInfluence(large.testPoint(), ids).changeIfUnweighted();
                double after = large.without(ids).losses(large.testPoint()).getDouble(0);
                assertEquals(1, predicted / (after - before), 0.1);
            }
        }
    }

    @Test
    void selfInfluencesAreThoseOfTheClosedForm() {
        int[] ids = IntStream.range(0, 20).map(i -> (i * 37) % N).toArray(); // in three solves
        ids[19] = ids[0];
        List<Long> done = new ArrayList<>();
        Progress progress = (stage, finished, total) -> {
            assertEquals(Stage.SCORING, stage);
            assertEquals(20, total);
            done.add(finished);
        };
        try (InfluenceEngine engine = PROBLEM.engine().build()) {
            List<Influence> self = engine.selfInfluences(progress, ids);
            for (int i = 0; i < ids.length; i++) {
                assertEquals(ids[i], self.get(i).id());
                double expected = selfInfluence(PROBLEM, ids[i]);
                assertTrue(expected < 0);
                assertEquals(1, self.get(i).value() / expected, 1e-10);
                assertEquals(-self.get(i).value() / N, self.get(i).changeIfUnweighted());
                assertTrue(Double.isNaN(self.get(i).squaredDistance()));
            }
            Batch own = PROBLEM.trainingSet().batch(ids[1]);
            assertEquals(
                    1,
                    self.get(1).value() / engine.influences(own, ids[1]).get(0).value(),
                    1e-10);
        }
        assertEquals(List.of(0L, 8L, 16L, 20L), done);
    }

    /** {@code -g (2/N X^T X + 2 c I)^-1 g} with {@code g = 2 (x w - y) x}. */
    private static double selfInfluence(Problem problem, int id) {
        RealMatrix x = MatrixUtils.createRealMatrix(
                problem.training().get(Batch.FEATURES).toDoubleMatrix());
        RealVector w =
                MatrixUtils.createRealVector(problem.model().weights().ravel().toDoubleVector());
        double y = problem.training().get(Batch.LABELS).getDouble(id);
        RealMatrix hessian = x.transpose()
                .multiply(x)
                .scalarMultiply(2.0 / x.getRowDimension())
                .add(MatrixUtils.createRealIdentityMatrix(x.getColumnDimension())
                        .scalarMultiply(2 * problem.regularizer().coefficient()));
        RealVector row = x.getRowVector(id);
        RealVector g = row.mapMultiply(2 * (row.dotProduct(w) - y));
        return -g.dotProduct(new LUDecomposition(hessian).getSolver().solve(g));
    }

    @Test
    void aWrongLabelStandsOutByItsSelfInfluence() {
        INDArray y = PROBLEM.training().get(Batch.LABELS).dup();
        y.putScalar(42, 0, y.getDouble(42) + 8);
        TrainingSet mislabelled = TrainingSet.of(PROBLEM.training().with(Batch.LABELS, y));
        try (InfluenceEngine engine = InfluenceEngine.builder(PROBLEM.model(), mislabelled)
                .index(BruteForceIndex::new)
                .inverseHvp(new DirectInverse(0))
                .build()) {
            int[] all = IntStream.range(0, N).toArray();
            Influence largest = engine.selfInfluences(Progress.none(), all).stream()
                    .min(Comparator.comparingDouble(Influence::value))
                    .orElseThrow();
            assertEquals(42, largest.id());
        }
    }

    @Test
    void impossibleSelfInfluencesAreRefusedBeforeAnySolve() {
        InverseHvp none = (curvature, vectors, progress) -> {
            throw new AssertionError("solved");
        };
        try (InfluenceEngine engine = PROBLEM.engine().inverseHvp(none).build()) {
            assertMentions(
                    IndexOutOfBoundsException.class,
                    () -> engine.selfInfluences(Progress.none(), 0, N),
                    "id 150",
                    "0 to 149");
            assertMentions(IndexOutOfBoundsException.class, () -> engine.selfInfluences(Progress.none(), -1), "id -1");
            assertRejected(() -> engine.selfInfluences(Progress.none()), "ids is empty");
            Thread.currentThread().interrupt();
            assertThrows(CancellationException.class, () -> engine.selfInfluences(Progress.none(), 1));
            assertTrue(Thread.interrupted(), "the flag stays set");
        }
    }

    @Test
    void severalQuestionsAreAnsweredLikeEachAlone() {
        List<Query> queries = List.of(
                Query.of(PROBLEM.testPoint()),
                Query.of(single(0)).withMeasurement(Measurement.logit(0)).withTopK(3),
                Query.of(single(1)).withCandidates(Candidates.of(5, 2, 8)),
                Query.ofMean(SEVERAL).withTopK(1));
        try (InfluenceEngine engine = PROBLEM.engine().candidates(30).build()) {
            List<InfluenceResult> together = engine.explainAll(queries);
            assertEquals(4, together.size());
            for (int i = 0; i < 4; i++) {
                InfluenceResult alone = engine.explain(queries.get(i));
                assertEquals(alone.scored().toString(), together.get(i).scored().toString());
                assertEquals(
                        alone.helpful().toString(), together.get(i).helpful().toString());
                assertEquals(
                        alone.harmful().toString(), together.get(i).harmful().toString());
                assertEquals(alone.solve().toString(), together.get(i).solve().toString());
            }
            assertEquals(
                    List.of(30, 30, 3, 30),
                    together.stream().map(r -> r.scored().size()).toList());
        }
    }

    @Test
    void everyQuestionHearsOfTheWholeWork() {
        List<String> first = new ArrayList<>();
        List<String> second = new ArrayList<>();
        List<Long> scored = new ArrayList<>();
        Progress shared = (stage, done, total) -> first.add(stage + " " + done + " of " + total);
        Progress other = (stage, done, total) -> {
            second.add(stage + " " + done + " of " + total);
            if (stage == Stage.SCORING && total > 1) {
                assertEquals(110, total);
                scored.add(done);
            }
        };
        try (InfluenceEngine engine = PROBLEM.engine().candidates(50).build()) {
            engine.explainAll(List.of(
                    Query.of(single(0)).withProgress(shared),
                    Query.of(single(1)).withCandidates(Candidates.all(10)).withProgress(other),
                    Query.of(single(2)).withProgress(shared)));
        }
        assertEquals(second, first, "and those that share a listener are heard once");
        assertEquals(scored.stream().sorted().distinct().toList(), scored, "never back");
        assertEquals(110, scored.get(scored.size() - 1));
    }

    @Test
    void oneBadQuestionAmongSeveralIsFoundBeforeTheSolve() {
        InverseHvp none = (curvature, vectors, progress) -> {
            throw new AssertionError("solved");
        };
        try (InfluenceEngine engine = PROBLEM.engine().inverseHvp(none).build()) {
            Query good = Query.of(single(0));
            assertMentions(
                    IndexOutOfBoundsException.class,
                    () -> engine.explainAll(List.of(good, good.withCandidates(Candidates.of(1, N)))),
                    "id 150");
            assertRejected(
                    () -> engine.explainAll(
                            List.of(good, good.withCandidates(Candidates.of(1)).withTopK(2))),
                    "topK is 2",
                    "only 1 candidates");
            assertRejected(() -> engine.explainAll(List.of()), "queries is empty");
        }
    }

    /** A model whose Gauss-Newton matrix is made three times its Hessian. */
    private static final class Tripled extends ForwardingModel {
        private final LinearModel model;

        Tripled(LinearModel model) {
            super(model);
            this.model = model;
        }

        @Override
        public Regularizer regularizer() {
            return Regularizer.none();
        }

        @Override
        public List<INDArray> gaussNewtonProducts(Batch batch, List<INDArray> vectors) {
            return vectors.stream()
                    .map(vector -> model.hessianVectorProduct(batch, vector).muli(3))
                    .toList();
        }
    }

    @ParameterizedTest
    @EnumSource
    void theMatrixThatIsAskedForIsInverted(CurvatureMatrix matrix) {
        // Gauss-Newton, the default, is three times the Hessian
        double factor = matrix == CurvatureMatrix.GAUSS_NEWTON ? 1 : 1.0 / 3;
        InfluenceEngine.Builder builder = InfluenceEngine.builder(new Tripled(PROBLEM.model()), PROBLEM.trainingSet())
                .index(BruteForceIndex::new)
                .inverseHvp(new DirectInverse(0));
        try (InfluenceEngine usual = builder.build();
                InfluenceEngine engine = builder.curvature(matrix).build()) {
            for (int id = 0; id < 5; id++) {
                double expected =
                        usual.influences(PROBLEM.testPoint(), id).get(0).value() / factor;
                double actual =
                        engine.influences(PROBLEM.testPoint(), id).get(0).value();
                assertEquals(1, actual / expected, 1e-12);
                double self = usual.selfInfluences(Progress.none(), id).get(0).value() / factor;
                assertEquals(
                        1, engine.selfInfluences(Progress.none(), id).get(0).value() / self, 1e-12);
            }
        }
    }

    @Test
    void workIsDoneByTheDevicesThatAreAskedForWithTheSameBits() {
        Set<String> threads = ConcurrentHashMap.newKeySet();
        TrainingSet all = PROBLEM.trainingSet();
        TrainingSet watched = new TrainingSet() {
            @Override
            public int size() {
                return all.size();
            }

            @Override
            public Batch batch(int... ids) {
                threads.add(Thread.currentThread().getName());
                return all.batch(ids);
            }
        };
        List<String> answers = new ArrayList<>();
        for (int workers = 1; workers <= 4; workers++) {
            threads.clear();
            try (InfluenceEngine engine = InfluenceEngine.builder(PROBLEM.model(), watched)
                    .index(BruteForceIndex::new)
                    .inverseHvp(new DirectInverse(0))
                    .devices(DeviceGroup.cpu(workers))
                    .build()) {
                answers.add(engine.topK(PROBLEM.testPoint()).scored().toString()
                        + engine.selfInfluences(Progress.none(), 1, 2, 3));
            }
            int allowed = workers;
            assertTrue(threads.stream().anyMatch(name -> name.startsWith("fastif-worker-")));
            assertFalse(threads.contains("fastif-worker-" + allowed), "there are only " + allowed + " workers");
        }
        assertEquals(1, Set.copyOf(answers).size(), answers.toString());
    }
}
