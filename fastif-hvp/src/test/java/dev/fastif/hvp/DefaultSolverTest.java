package dev.fastif.hvp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import dev.fastif.core.Candidates;
import dev.fastif.core.Curvature;
import dev.fastif.core.Influence;
import dev.fastif.core.InfluenceEngine;
import dev.fastif.core.InfluenceResult;
import dev.fastif.core.InverseHvp;
import dev.fastif.core.Loss;
import dev.fastif.core.Progress;
import dev.fastif.core.Query;
import dev.fastif.core.Regularizer;
import dev.fastif.core.Solution;
import dev.fastif.core.TrainingSet;
import dev.fastif.hvp.autodiff.Graph;
import dev.fastif.hvp.autodiff.GraphModel;
import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.operations.Layers;
import dev.fastif.knn.ExactIndex;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Engines that were given no solver, what they prepare and when they do so anew, and what they warn of. */
class DefaultSolverTest {
    private static final int N = 40;
    private static final int[] ALL = IntStream.range(0, N).toArray();

    private static Batch data() {
        INDArray labels = Nd4j.create(DataType.DOUBLE, N);
        for (int i = 0; i < N; i++) {
            labels.putScalar(i, i % 3);
        }
        return Batch.of(Systems.vector(Systems.normal(8, 4 * N)).reshape(N, 4), labels);
    }

    private static GraphModel model() {
        Graph.Builder builder = Graph.builder(DataType.DOUBLE);
        Node hidden = Layers.tanh(Layers.linear(
                builder.input(Batch.FEATURES),
                builder.trainable("w", Systems.vector(Systems.normal(1, 20)).reshape(4, 5))));
        Node outputs = Layers.linear(
                hidden,
                builder.trainable("v", Systems.vector(Systems.normal(2, 15)).reshape(5, 3)));
        return GraphModel.builder(builder.build(), outputs, Loss.softmaxCrossEntropy())
                .features(hidden)
                .regularizer(Regularizer.weightDecay(0.01))
                .build();
    }

    private static InfluenceEngine engine(GraphModel model, Batch data, @Nullable InverseHvp solver) {
        InfluenceEngine.Builder builder =
                InfluenceEngine.builder(model, TrainingSet.of(data)).index(ExactIndex::of);
        return (solver == null ? builder : builder.inverseHvp(solver)).build();
    }

    private static double[] values(List<Influence> influences) {
        return influences.stream().mapToDouble(Influence::value).toArray();
    }

    private static void assertClose(double[] expected, double[] actual, double tolerance) {
        double size = Math.sqrt(Systems.dot(expected, expected));
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], actual[i], tolerance * size);
        }
    }

    @Test
    void withoutASolverTheAutomaticOneIsTaken() {
        GraphModel model = model();
        Batch point = TrainingSet.of(data()).batch(3);
        try (InfluenceEngine usual = engine(model, data(), null)) {
            InfluenceResult result = usual.explain(Query.of(point).withCandidates(Candidates.of(ALL)));
            assertTrue(
                    result.solve().solver().startsWith("DirectSolver(damping=")
                            && result.solve().solver().contains("condition number about"),
                    result.solve().solver());
            double damping = result.solve().damping();
            ConjugateGradient oracle = ConjugateGradient.builder()
                    .damping(damping)
                    .tolerance(1e-11)
                    .maxIterations(1000)
                    .build();
            try (InfluenceEngine engine = engine(model, data(), oracle)) {
                assertClose(values(engine.influences(point, ALL)), values(result.scored()), 1e-8);
                assertClose(
                        values(engine.selfInfluences(Progress.none(), ALL)),
                        values(usual.selfInfluences(Progress.none(), ALL)),
                        1e-8);
            }
        }
    }

    private record Counting(InverseHvp solver, AtomicInteger preparations) implements InverseHvp {
        @Override
        public List<Solution> solveAll(Curvature curvature, List<INDArray> vectors, Progress progress) {
            throw new AssertionError("not prepared");
        }

        @Override
        public InverseHvp prepared(Curvature curvature, INDArray like, Progress progress) {
            preparations.incrementAndGet();
            return solver.prepared(curvature, like, progress);
        }
    }

    @Test
    void aSolverIsPreparedOnceForEachSetOfParametersAndWhenExamplesHaveChanged() {
        GraphModel model = model();
        Batch data = data();
        Batch point = TrainingSet.of(data()).batch(3);
        AtomicInteger preparations = new AtomicInteger();
        try (InfluenceEngine engine = engine(model, data, new Counting(new AutomaticSolver(), preparations))) {
            double[] first = values(engine.influences(point, ALL));
            engine.selfInfluences(Progress.none(), ALL);
            assertClose(first, values(engine.influences(point, ALL)), 0);
            assertEquals(1, preparations.get());

            data.get(Batch.FEATURES).muli(3); // of the training set's own arrays
            double[] changed = values(engine.influences(point, ALL));
            assertEquals(2, preparations.get());
            assertNotEquals(first[0], changed[0]);
            assertClose(anew(model, data, point), changed, 1e-12);

            model.setParameterValues(model.parameterValues().muli(1.5));
            double[] moved = values(engine.influences(point, ALL));
            assertEquals(3, preparations.get());
            assertClose(anew(model, data, point), moved, 1e-12);
        }
    }

    private static double[] anew(GraphModel model, Batch data, Batch point) {
        try (InfluenceEngine engine = engine(model, data, null)) {
            return values(engine.influences(point, ALL));
        }
    }

    /** The first solve of an engine that a reader should not trust is logged, and no other. */
    @ParameterizedTest
    @CsvSource({"1e4, s is parallel to v, lower the damping", "0.05, '', ''"})
    void aSolveThatSaysLittleIsLoggedOnce(double damping, String what, String remedy) {
        Batch point = TrainingSet.of(data()).batch(3);
        ConjugateGradient solver = ConjugateGradient.builder().damping(damping).build();
        assertLogged(solver, point, what, remedy);
    }

    @Test
    void aPoorResidualIsLoggedOnce() {
        Batch point = TrainingSet.of(data()).batch(3);
        Lissa solver = Lissa.builder().recursionDepth(3).damping(0.01).scale(5).build();
        assertLogged(solver, point, "closer to nothing than to a solution", "raise the damping, or let");
    }

    private static void assertLogged(InverseHvp solver, Batch point, String what, String remedy) {
        PrintStream before = System.err;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try (InfluenceEngine engine = engine(model(), data(), solver)) {
            for (int i = 0; i < 3; i++) {
                engine.influences(point, 1, 2);
                engine.selfInfluences(Progress.none(), 3);
            }
        } finally {
            System.setErr(before);
        }
        String text = bytes.toString(StandardCharsets.UTF_8);
        List<String> warnings =
                text.lines().filter(line -> line.contains("WARN")).toList();
        if (what.isEmpty()) {
            assertEquals(List.of(), warnings);
        } else {
            assertEquals(1, warnings.size(), text);
            assertTrue(warnings.get(0).contains(what) && warnings.get(0).contains(remedy), text);
        }
    }
}
