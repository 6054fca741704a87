package dev.fastif.hvp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import dev.fastif.core.InfluenceEngine;
import dev.fastif.core.Loss;
import dev.fastif.core.Progress;
import dev.fastif.core.Query;
import dev.fastif.core.TrainingSet;
import dev.fastif.hvp.autodiff.Graph;
import dev.fastif.hvp.autodiff.GraphModel;
import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.operations.Layers;
import dev.fastif.knn.ExactIndex;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.memory.conf.WorkspaceConfiguration;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** An engine whose model, training set or memory is no longer what it was built of does not answer. */
class StaleEngineTest {
    private static final int N = 40;
    private static final Batch DATA = data();

    private static Batch data() {
        Nd4j.getRandom().setSeed(8);
        INDArray labels = Nd4j.create(DataType.DOUBLE, N);
        for (int i = 0; i < N; i++) {
            labels.putScalar(i, i % 3);
        }
        return Batch.of(Nd4j.randn(DataType.DOUBLE, N, 4), labels);
    }

    private static GraphModel model() {
        Nd4j.getRandom().setSeed(5);
        Graph.Builder builder = Graph.builder(DataType.DOUBLE);
        Node hidden = Layers.tanh(
                Layers.linear(builder.input(Batch.FEATURES), builder.frozen("w", Nd4j.randn(DataType.DOUBLE, 4, 5))));
        Node outputs = Layers.linear(hidden, builder.trainable("v", Nd4j.randn(DataType.DOUBLE, 5, 3)));
        return GraphModel.builder(builder.build(), outputs, Loss.softmaxCrossEntropy())
                .features(hidden)
                .build();
    }

    private static InfluenceEngine engine(GraphModel model, TrainingSet trainingSet) {
        return InfluenceEngine.builder(model, trainingSet)
                .index(ExactIndex::of)
                .inverseHvp(ConjugateGradient.builder().damping(0.1).build())
                .candidates(20)
                .build();
    }

    private static Map<String, Executable> questions(InfluenceEngine engine) {
        return questions(engine, TrainingSet.of(DATA).batch(1));
    }

    /** Every question to an engine. */
    static Map<String, Executable> questions(InfluenceEngine engine, Batch point) {
        Map<String, Executable> questions = new LinkedHashMap<>();
        questions.put("topK", () -> engine.topK(point));
        questions.put("topK of k", () -> engine.topK(point, 3));
        questions.put("explain", () -> engine.explain(Query.of(point)));
        questions.put("explainAll", () -> engine.explainAll(List.of(Query.of(point))));
        questions.put("influences", () -> engine.influences(point, 1));
        questions.put("groupInfluence", () -> engine.groupInfluence(point, 1, 2));
        questions.put("selfInfluences", () -> engine.selfInfluences(Progress.none(), 1, 2));
        return questions;
    }

    @Test
    void everyPublicMethodIsAQuestionHere() {
        Set<String> methods = Arrays.stream(InfluenceEngine.class.getDeclaredMethods())
                .filter(method -> Modifier.isPublic(method.getModifiers()) && !Modifier.isStatic(method.getModifiers()))
                .map(Method::getName)
                .filter(name -> !name.equals("close"))
                .collect(Collectors.toCollection(TreeSet::new));
        try (InfluenceEngine engine = engine(model(), TrainingSet.of(DATA))) {
            Set<String> asked = questions(engine).keySet().stream()
                    .map(name -> name.replaceAll(" .*", ""))
                    .collect(Collectors.toCollection(TreeSet::new));
            assertEquals(methods, asked);
        }
    }

    private static void assertRefused(InfluenceEngine engine, String why) {
        assertRefused(questions(engine), why);
    }

    static void assertRefused(Map<String, Executable> questions, String why) {
        questions.forEach((name, question) -> {
            String message = String.valueOf(
                    assertThrows(IllegalStateException.class, question, name).getMessage());
            assertTrue(message.contains(why) && message.matches("(?s).*(build|new).*"), message);
        });
    }

    @Test
    void aClosedOneRefuses() {
        InfluenceEngine engine = engine(model(), TrainingSet.of(DATA));
        engine.close();
        engine.close();
        assertRefused(engine, "closed");
    }

    @Test
    void replacedParametersAreNoticed() {
        GraphModel model = model();
        try (InfluenceEngine engine = engine(model, TrainingSet.of(DATA))) {
            model.setParameterValues(model.parameterValues().muli(2));
            for (String question : List.of("topK", "topK of k", "explain", "explainAll")) { // those that preselect
                String message = String.valueOf(assertThrows(
                                IllegalStateException.class, questions(engine).get(question), question)
                        .getMessage());
                assertTrue(message.contains("parameters") && message.contains("build"), message);
            }
            // what is scored without the index is of the present parameters
            String now = engine.influences(TrainingSet.of(DATA).batch(1), 3).toString();
            try (InfluenceEngine fresh = engine(model, TrainingSet.of(DATA))) {
                assertEquals(
                        now, fresh.influences(TrainingSet.of(DATA).batch(1), 3).toString());
            }
        }
        try (InfluenceEngine engine = engine(model, TrainingSet.of(DATA))) {
            engine.topK(TrainingSet.of(DATA).batch(1));
        }
    }

    @Test
    void anotherNumberOfExamplesIsNoticed() {
        for (int later : new int[] {N - 1, N + 1}) {
            AtomicInteger size = new AtomicInteger(N);
            TrainingSet all = TrainingSet.of(DATA);
            TrainingSet changing = new TrainingSet() {
                @Override
                public int size() {
                    return size.get();
                }

                @Override
                public Batch batch(int... ids) {
                    return all.batch(ids);
                }
            };
            try (InfluenceEngine engine = engine(model(), changing)) {
                size.set(later);
                assertRefused(engine, "has " + later + " now");
            }
        }
    }

    @Test
    void anExampleIsInAGroupOnce() {
        try (InfluenceEngine engine = engine(model(), TrainingSet.of(DATA))) {
            Batch point = TrainingSet.of(DATA).batch(1);
            String message = String.valueOf(
                    assertThrows(IllegalArgumentException.class, () -> engine.groupInfluence(point, 3, 4, 3))
                            .getMessage());
            assertTrue(message.contains("id 3 is twice"), message);
            engine.groupInfluence(point, 3, 4);
        }
    }

    /** What is made of the model inside of it, too. */
    @Test
    void aCallersWorkspaceMayEnd() {
        String expected;
        try (InfluenceEngine engine = engine(model(), TrainingSet.of(DATA))) {
            expected = engine.topK(TrainingSet.of(DATA).batch(1)).scored().toString();
        }
        WorkspaceConfiguration large =
                WorkspaceConfiguration.builder().initialSize(10_000_000).build();
        InfluenceEngine engine;
        try (MemoryWorkspace workspace = Nd4j.getWorkspaceManager().getAndActivateWorkspace(large, "a user's")) {
            engine = engine(model(), TrainingSet.of(DATA));
        }
        try (MemoryWorkspace workspace = Nd4j.getWorkspaceManager().getAndActivateWorkspace(large, "a user's")) {
            Nd4j.create(DataType.DOUBLE, 1_000_000).assign(7); // over all that was there
            assertEquals(
                    expected,
                    engine.topK(TrainingSet.of(DATA).batch(1)).scored().toString());
        }
        assertEquals(
                expected, engine.topK(TrainingSet.of(DATA).batch(1)).scored().toString());
        engine.close();
    }
}
