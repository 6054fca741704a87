package dev.fastif.core;

import static dev.fastif.core.TestArrays.assertClose;
import static dev.fastif.core.TestArrays.normal;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The engine over ridge regressions, where influence has a closed form and retraining is one linear solve. */
class InfluenceEngineTest {
    private static final int N = 150;
    private static final Problem PROBLEM = Problem.of(N, 3, 100);

    @Test
    void helpfulAndHarmfulAreSortedAndSigned() {
        try (InfluenceEngine engine = PROBLEM.engine().build()) {
            InfluenceResult result = engine.topK(PROBLEM.testPoint(), 20);
            List<Influence> best = result.scored().stream()
                    .filter(influence -> influence.value() < 0)
                    .sorted(Comparator.comparingDouble(Influence::value))
                    .limit(20)
                    .toList();
            List<Influence> worst = result.scored().stream()
                    .filter(influence -> influence.value() > 0)
                    .sorted(Comparator.comparingDouble(influence -> -influence.value()))
                    .limit(20)
                    .toList();
            assertEquals(best, result.helpful());
            assertEquals(worst, result.harmful());
            assertEquals(20, best.size());
            assertEquals(N, result.scored().size());
            for (Influence influence : result.scored()) {
                assertEquals(-influence.value() / N, influence.changeIfUnweighted());
            }
        }
    }

    @Test
    void changeOfALogitIsThatOfRetrainingUpToTheLeverage() {
        // For a prediction of a linear regression Sherman and Morrison give the exact change: the first order one
        // divided by 1 - 2 x H^-1 x / N.
        INDArray x = PROBLEM.training().get(Batch.FEATURES);
        Measurement prediction = Measurement.logit(0);
        Curvature curvature = Curvature.hessian(PROBLEM.model(), PROBLEM.trainingSet());
        double before = PROBLEM.model().outputs(PROBLEM.testPoint()).getDouble(0);
        try (InfluenceEngine engine = PROBLEM.engine().build()) {
            InfluenceResult result =
                    engine.explain(Query.of(PROBLEM.testPoint()).withMeasurement(prediction));
            for (Influence influence : result.scored().subList(0, 20)) {
                INDArray row = x.getRow(influence.id());
                INDArray solved = new DirectInverse(0)
                        .solve(curvature, row, Progress.none())
                        .value();
                double leverage = 2 * solved.mul(row).sumNumber().doubleValue() / N;
                double after = PROBLEM.without(influence.id())
                        .outputs(PROBLEM.testPoint())
                        .getDouble(0);
                assertEquals(after - before, influence.changeIfUnweighted() / (1 - leverage), 1e-11);
            }
        }
    }

    @Test
    void changeOfTheLossIsThatOfRetrainingToFirstOrder() {
        double before = PROBLEM.model().losses(PROBLEM.testPoint()).getDouble(0);
        try (InfluenceEngine engine = PROBLEM.engine().build()) {
            InfluenceResult result = engine.topK(PROBLEM.testPoint(), 10);
            List<Influence> extreme = new ArrayList<>(result.helpful());
            extreme.addAll(result.harmful());
            assertEquals(20, extreme.size());
            for (Influence influence : extreme) {
                double after = PROBLEM.without(influence.id())
                        .losses(PROBLEM.testPoint())
                        .getDouble(0);
                assertEquals(1, influence.changeIfUnweighted() / (after - before), 0.15);
            }
        }
    }

    @Test
    void anIndexThatWasGivenIsUsedAndNotClosed() {
        BruteForceIndex given = new BruteForceIndex(PROBLEM.model().features(PROBLEM.training()));
        List<Influence> expected;
        try (InfluenceEngine engine = PROBLEM.engine().candidates(7).build()) {
            expected = engine.topK(PROBLEM.testPoint()).scored();
        }
        InfluenceEngine.Builder builder = PROBLEM.engine()
                .index(features -> {
                    throw new AssertionError("the index is there");
                })
                .index(given);
        try (InfluenceEngine engine = builder.candidates(7).build()) {
            assertEquals(expected, engine.topK(PROBLEM.testPoint()).scored());
        }
        assertFalse(given.isClosed());
        BruteForceIndex other = new BruteForceIndex(Nd4j.create(N - 1, 3));
        assertThrows(IllegalArgumentException.class, () -> builder.index(other));
    }

    @Test
    void aTrainingExampleHelpsItself() {
        try (InfluenceEngine engine = PROBLEM.engine().build()) {
            for (int id = 0; id < 10; id++) {
                Influence self =
                        engine.influences(PROBLEM.trainingSet().batch(id), id).get(0);
                assertTrue(self.value() < 0, self.toString());
            }
        }
    }

    @Test
    void dampingIsAddedToTheHessian() {
        // With a damping far above the Hessian, s_test is v / damping.
        double damping = 1e9;
        try (InfluenceEngine engine =
                PROBLEM.engine().inverseHvp(new DirectInverse(damping)).build()) {
            INDArray v = PROBLEM.model().gradient(PROBLEM.testPoint());
            for (Influence influence : engine.influences(PROBLEM.testPoint(), 4, 8)) {
                INDArray g = PROBLEM.model().gradient(PROBLEM.trainingSet().batch(influence.id()));
                double product = v.mul(g).sumNumber().doubleValue();
                assertEquals(1, influence.value() / (-product / damping), 1e-7);
            }
        }
    }

    @Test
    void equalInfluencesAreOrderedById() {
        Problem one = Problem.of(4, 2, 7);
        INDArray x = Nd4j.vstack(one.training().get("features"), one.training().get("features"));
        INDArray y = Nd4j.vstack(one.training().get("labels"), one.training().get("labels"));
        // nearest first: the index offers equal examples in descending order of their ids
        int[] backwards = IntStream.iterate(7, id -> id >= 0, id -> id - 1).toArray();
        try (InfluenceEngine engine = InfluenceEngine.builder(one.model(), TrainingSet.of(Batch.of(x, y)))
                .index(BruteForceIndex::new)
                .inverseHvp(new DirectInverse(0))
                .build()) {
            InfluenceResult result = engine.explain(Query.of(one.testPoint())
                    .withCandidates(Candidates.of(backwards))
                    .withTopK(8));
            assertEquals(8, result.helpful().size() + result.harmful().size());
            for (List<Influence> list : List.of(result.helpful(), result.harmful())) {
                for (int i = 0; i < list.size(); i += 2) {
                    assertEquals(list.get(i).value(), list.get(i + 1).value());
                    assertEquals(list.get(i).id() + 4, list.get(i + 1).id());
                }
            }
            assertArrayEquals(
                    backwards,
                    result.scored().stream().mapToInt(Influence::id).toArray(),
                    "scored keeps the order of the candidates");
        }
    }

    @Test
    void candidatesAreTheNearestNeighbours() {
        try (InfluenceEngine engine = PROBLEM.engine().candidates(12).build();
                InfluenceEngine all = PROBLEM.engine().build()) {
            List<Influence> few = engine.topK(PROBLEM.testPoint()).scored();
            List<Influence> every = all.topK(PROBLEM.testPoint()).scored();
            assertEquals(every.subList(0, 12), few);
            for (int i = 1; i < N; i++) {
                assertTrue(every.get(i - 1).squaredDistance() <= every.get(i).squaredDistance());
            }
        }
    }

    @Test
    void influencesKeepTheOrderOfTheIds() {
        try (InfluenceEngine engine = PROBLEM.engine().build()) {
            List<Influence> some = engine.influences(PROBLEM.testPoint(), 9, 3, 9, 140);
            assertEquals(List.of(9, 3, 9, 140), some.stream().map(Influence::id).toList());
            assertEquals(some.get(0), some.get(2));
            assertTrue(Double.isNaN(some.get(0).squaredDistance()));
            for (Influence influence : some) {
                Influence alone =
                        engine.influences(PROBLEM.testPoint(), influence.id()).get(0);
                assertEquals(alone.value(), influence.value(), 1e-12);
            }
        }
    }

    @Test
    void batchingByLengthChangesNothing() {
        try (InfluenceEngine even = PROBLEM.engine().build();
                InfluenceEngine uneven = InfluenceEngine.builder(PROBLEM.model(), PROBLEM.unevenTrainingSet())
                        .index(BruteForceIndex::new)
                        .inverseHvp(new DirectInverse(0))
                        .build()) {
            List<Influence> expected = even.topK(PROBLEM.testPoint()).scored();
            List<Influence> actual = uneven.topK(PROBLEM.testPoint()).scored();
            for (int i = 0; i < N; i++) {
                assertEquals(expected.get(i).id(), actual.get(i).id());
                assertEquals(expected.get(i).value(), actual.get(i).value(), 1e-12);
            }
        }
    }

    @Test
    void anExampleWithoutInfluenceIsNeitherHelpfulNorHarmful() {
        INDArray x = PROBLEM.training().get(Batch.FEATURES).dup();
        x.getRow(5).assign(0);
        TrainingSet set = TrainingSet.of(PROBLEM.training().with(Batch.FEATURES, x));
        try (InfluenceEngine engine = InfluenceEngine.builder(PROBLEM.model(), set)
                .index(BruteForceIndex::new)
                .inverseHvp(new DirectInverse(0))
                .build()) {
            InfluenceResult result = engine.topK(PROBLEM.testPoint(), N);
            assertEquals(N, result.scored().size());
            assertEquals(N - 1, result.helpful().size() + result.harmful().size());
        }
    }

    @Test
    void anEngineOfOneExampleWorks() {
        Problem tiny = Problem.of(1, 1, 3);
        try (InfluenceEngine engine = tiny.engine().build()) {
            InfluenceResult result = engine.topK(tiny.testPoint());
            assertEquals(1, result.scored().size());
            assertEquals(1, result.helpful().size() + result.harmful().size());
        }
    }

    @Test
    void resultCarriesItsCertificateAndTimings() {
        try (InfluenceEngine engine = PROBLEM.engine().build()) {
            InfluenceResult result = engine.topK(PROBLEM.testPoint());
            assertEquals("direct", result.solve().solver());
            assertTrue(result.solve().relativeResidual() < 1e-12);
            assertEquals(N, result.solve().residualExamples());
            assertEquals(
                    EnumSet.of(Stage.PRESELECTION, Stage.GRADIENT, Stage.INVERSE_HVP, Stage.SCORING),
                    result.timings().keySet());
            assertTrue(result.timings().values().stream().noneMatch(Duration::isNegative));
            result.timings().clear();
            assertEquals(4, result.timings().size());
            assertTrue(result.toString().startsWith(N + " candidates scored"));
            assertThrows(
                    UnsupportedOperationException.class, () -> result.scored().clear());
        }
    }

    @Test
    void closingTheEngineClosesItsIndex() {
        BruteForceIndex index = new BruteForceIndex(PROBLEM.training().get(Batch.FEATURES));
        InfluenceEngine engine = PROBLEM.engine().index(features -> index).build();
        assertFalse(index.isClosed());
        engine.close();
        assertTrue(index.isClosed());
    }

    @Test
    void theIndexIsBuiltOverTheFeaturesInTheOrderOfTheIds() {
        INDArray[] seen = new INDArray[1];
        List<Long> done = new ArrayList<>();
        InfluenceEngine.builder(PROBLEM.model(), PROBLEM.unevenTrainingSet())
                .index(features -> {
                    seen[0] = features;
                    return new BruteForceIndex(features);
                })
                .inverseHvp(new DirectInverse(0))
                .progress((stage, finished, total) -> {
                    assertEquals(Stage.INDEX, stage);
                    assertEquals(N, total);
                    done.add(finished);
                })
                .build()
                .close();
        assertClose(PROBLEM.training().get(Batch.FEATURES), seen[0], 0);
        assertEquals(done.stream().sorted().distinct().toList(), done);
        assertEquals(0, done.get(0));
        assertEquals(N, done.get(done.size() - 1));
    }

    @Test
    void progressGoesThroughTheStagesAndNeverBack() {
        List<Stage> stages = new ArrayList<>();
        double[] last = {0};
        Progress progress = (stage, done, total) -> {
            if (stages.isEmpty() || stages.get(stages.size() - 1) != stage) {
                assertEquals(0, done);
                stages.add(stage);
                last[0] = 0;
            }
            double fraction = (double) done / total;
            assertTrue(last[0] <= fraction && fraction <= 1, stage + " " + done + " of " + total);
            last[0] = fraction;
        };
        try (InfluenceEngine engine = PROBLEM.engine().build()) {
            engine.explain(Query.of(PROBLEM.testPoint()).withProgress(progress));
        }
        assertEquals(List.of(Stage.PRESELECTION, Stage.GRADIENT, Stage.INVERSE_HVP, Stage.SCORING), stages);
        assertEquals(1, last[0]);
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"FROZEN", "FIT", "SPECTRUM"})
    void anInterruptCancelsInEveryStage(Stage stage) {
        Progress interrupter = (now, done, total) -> {
            if (now == stage) {
                Thread.currentThread().interrupt();
            }
        };
        try {
            assertThrows(CancellationException.class, () -> {
                try (InfluenceEngine engine =
                        PROBLEM.engine().progress(interrupter).build()) {
                    engine.explain(Query.of(PROBLEM.testPoint()).withProgress(interrupter));
                }
            });
        } finally {
            assertTrue(Thread.interrupted(), "the flag stays set");
        }
    }

    @Test
    void oneEngineServesManyThreadsWithTheSameAnswers() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try (InfluenceEngine engine = PROBLEM.engine().build()) {
            List<Batch> points = IntStream.range(0, 3)
                    .mapToObj(i -> Batch.of(normal(200 + i, 1, 3), normal(300 + i, 1, 1)))
                    .toList();
            List<List<Influence>> expected =
                    points.stream().map(point -> engine.topK(point).scored()).toList();
            List<Callable<List<Influence>>> questions = IntStream.range(0, 12)
                    .<Callable<List<Influence>>>mapToObj(
                            i -> () -> engine.topK(points.get(i % 3)).scored())
                    .toList();
            List<Future<List<Influence>>> answers = threads.invokeAll(questions);
            for (int i = 0; i < answers.size(); i++) {
                assertEquals(expected.get(i % 3), answers.get(i).get());
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void curvatureIsTheWeightedMeanOfItsBatches() {
        // 150 examples are walked in three batches; all at once must be the mean of one by one.
        Curvature curvature = Curvature.hessian(PROBLEM.model(), PROBLEM.trainingSet());
        INDArray v = normal(50, 3);
        INDArray before = v.dup();
        INDArray mean = v.mul(0);
        for (int id = 0; id < N; id++) {
            mean.addi(curvature.on(id).apply(v).div(N));
        }
        assertClose(mean, curvature.full().apply(v), 1e-12);
        assertEquals(before, v);
        INDArray x = PROBLEM.training().get(Batch.FEATURES);
        INDArray closedForm = x.transpose()
                .mmul(x.mmul(v.reshape(3, 1)))
                .muli(2.0 / N)
                .reshape(3)
                .addi(v.mul(2 * PROBLEM.regularizer().coefficient()));
        assertClose(closedForm, curvature.full().apply(v), 1e-12);
        assertEquals(3, curvature.size());
        assertEquals(N, curvature.examples());
    }
}
