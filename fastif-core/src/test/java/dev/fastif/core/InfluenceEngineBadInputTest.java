package dev.fastif.core;

import static dev.fastif.core.Failures.assertMentions;
import static dev.fastif.core.Failures.assertRejected;
import static dev.fastif.core.TestArrays.normal;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Every wrong question or part is refused with a message that names it, its value, the bound and the remedy. */
class InfluenceEngineBadInputTest {
    private static final Problem PROBLEM = Problem.of(20, 3, 1);

    @Test
    void emptyTrainingSet() {
        TrainingSet empty = new TrainingSet() {
            @Override
            public int size() {
                return 0;
            }

            @Override
            public Batch batch(int... ids) {
                throw new IndexOutOfBoundsException();
            }
        };
        assertRejected(() -> InfluenceEngine.builder(PROBLEM.model(), empty), "trainingSet is empty", "at least one");
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY})
    void parametersThatAreNotFinite(double bad) {
        INDArray weights = PROBLEM.model().weights().dup().putScalar(1, bad);
        LinearModel model = new LinearModel(weights, Loss.squaredError(), Regularizer.none());
        assertRejected(
                () -> InfluenceEngine.builder(model, PROBLEM.trainingSet()),
                "the parameters of the model",
                "1 non-finite",
                "among 3");
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.NEGATIVE_INFINITY})
    void trainingFeaturesThatAreNotFinite(double bad) {
        INDArray x = PROBLEM.training().get(Batch.FEATURES).dup().putScalar(5, 2, bad);
        TrainingSet set = TrainingSet.of(PROBLEM.training().with(Batch.FEATURES, x));
        assertRejected(
                () -> InfluenceEngine.builder(PROBLEM.model(), set)
                        .index(BruteForceIndex::new)
                        .inverseHvp(new DirectInverse(0))
                        .build(),
                "the features of the training set",
                "1 non-finite",
                "among 60",
                "check the data");
    }

    @Test
    void partsThatAreMissing() {
        InfluenceEngine.Builder nothing = InfluenceEngine.builder(PROBLEM.model(), PROBLEM.trainingSet());
        assertMentions(IllegalStateException.class, nothing::build, "no index", "builder.index(...)");
        InfluenceEngine.Builder noSolver = nothing.index(BruteForceIndex::new);
        assertMentions(IllegalStateException.class, noSolver::build, "no inverseHvp", "builder.inverseHvp(...)");
    }

    @Test
    void candidatesOutOfBounds() {
        InfluenceEngine.Builder builder = PROBLEM.engine();
        assertRejected(() -> builder.candidates(0), "candidates is 0", "at least 1");
        assertRejected(() -> builder.candidates(-7), "candidates is -7", "at least 1");
        assertRejected(() -> builder.candidates(21), "candidates is 21", "20 examples", "at most");
    }

    @Test
    void topKOutOfBounds() {
        try (InfluenceEngine engine = PROBLEM.engine().candidates(8).build()) {
            assertRejected(() -> engine.topK(PROBLEM.testPoint(), 0), "topK is 0", "at least 1");
            assertRejected(() -> engine.topK(PROBLEM.testPoint(), -1), "topK is -1", "at least 1");
            assertRejected(
                    () -> engine.topK(PROBLEM.testPoint(), 9), "topK is 9", "only 8 candidates", "ask for fewer");
        }
    }

    @Test
    void testPointsThatDoNotFit() {
        try (InfluenceEngine engine = PROBLEM.engine().build()) {
            Batch two = PROBLEM.trainingSet().batch(0, 1);
            assertRejected(() -> engine.topK(two), "testPoint has 2 examples", "exactly one");
            Batch unlabelled = Batch.of(java.util.Map.of(Batch.FEATURES, normal(1, 1, 3)));
            assertRejected(() -> engine.topK(unlabelled), "no labels", "logit or margin");
            engine.explain(Query.of(unlabelled).withMeasurement(Measurement.logit(0)));
            Batch infinite = PROBLEM.testPoint().with(Batch.FEATURES, Nd4j.valueArrayOf(1, 3, Double.NaN));
            assertRejected(() -> engine.topK(infinite), "the features of the test point", "3 non-finite");
            Batch badLabel = PROBLEM.testPoint().with(Batch.LABELS, Nd4j.valueArrayOf(1, 1, Double.NaN));
            assertRejected(() -> engine.topK(badLabel), "the gradient at the test point", "non-finite");
        }
    }

    @Test
    void idsOutsideTheTrainingSetAreFoundBeforeTheSolve() {
        AtomicInteger solves = new AtomicInteger();
        InverseHvp counting = (curvature, vectors, progress) -> {
            solves.incrementAndGet();
            return new DirectInverse(0).solveAll(curvature, vectors, progress);
        };
        try (InfluenceEngine engine = PROBLEM.engine().inverseHvp(counting).build()) {
            assertMentions(
                    IndexOutOfBoundsException.class,
                    () -> engine.influences(PROBLEM.testPoint(), 3, 20),
                    "id 20",
                    "0 to 19");
            assertMentions(
                    IndexOutOfBoundsException.class,
                    () -> engine.influences(PROBLEM.testPoint(), -1),
                    "id -1",
                    "0 to 19");
            assertRejected(() -> engine.influences(PROBLEM.testPoint()), "candidates is empty");
            assertMentions(
                    IndexOutOfBoundsException.class,
                    () -> engine.selfInfluences(Progress.none(), 3, 20),
                    "id 20",
                    "0 to 19");
            assertRejected(() -> engine.groupInfluence(PROBLEM.testPoint(), 4, 2, 4), "id 4 is twice");
        }
        assertEquals(0, solves.get());
    }

    @Test
    void enginesThatAreClosed() {
        InfluenceEngine engine = PROBLEM.engine().build();
        engine.close();
        for (Executable question : questions(engine)) {
            assertMentions(IllegalStateException.class, question, "the engine is closed", "build another one");
        }
    }

    @Test
    void trainingSetsThatHaveGrown() {
        AtomicInteger size = new AtomicInteger(19);
        TrainingSet growing = new ForwardingTrainingSet(PROBLEM.trainingSet()) {
            @Override
            public int size() {
                return size.get();
            }
        };
        try (InfluenceEngine engine = InfluenceEngine.builder(PROBLEM.model(), growing)
                .index(BruteForceIndex::new)
                .inverseHvp(new DirectInverse(0))
                .build()) {
            size.set(20);
            for (Executable question : questions(engine)) {
                assertMentions(IllegalStateException.class, question, "had 19 examples", "has 20 now");
            }
        }
    }

    private static List<Executable> questions(InfluenceEngine engine) {
        return List.of(
                () -> engine.topK(PROBLEM.testPoint()),
                () -> engine.influences(PROBLEM.testPoint(), 1),
                () -> engine.selfInfluences(Progress.none(), 1));
    }

    @Test
    void trainingLossesThatAreNotFinite() {
        INDArray y = PROBLEM.training().get(Batch.LABELS).dup().putScalar(2, 0, Double.NaN);
        TrainingSet set = TrainingSet.of(PROBLEM.training().with(Batch.LABELS, y));
        try (InfluenceEngine engine = InfluenceEngine.builder(PROBLEM.model(), set)
                .index(BruteForceIndex::new)
                .inverseHvp(new DirectInverse(0))
                .build()) {
            assertRejected(
                    () -> engine.topK(PROBLEM.testPoint()), "the influences of a batch of candidates", "1 non-finite");
        }
    }
}
