package dev.fastif.hvp;

import static dev.fastif.hvp.Messages.assertMentions;
import static dev.fastif.hvp.Messages.assertRejected;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import dev.fastif.core.CurvatureMatrix;
import dev.fastif.core.DeviceGroup;
import dev.fastif.core.InfluenceEngine;
import dev.fastif.core.InfluenceResult;
import dev.fastif.core.InverseHvp;
import dev.fastif.core.Loss;
import dev.fastif.core.Query;
import dev.fastif.core.Solution;
import dev.fastif.core.Stage;
import dev.fastif.core.TrainingSet;
import dev.fastif.hvp.autodiff.Graph;
import dev.fastif.hvp.autodiff.GraphModel;
import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.operations.Layers;
import dev.fastif.knn.ExactIndex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Any number of workers answers alike, and none of them outlives its question. */
class DeviceGroupTest {
    private static final int N = 301;
    private static final int D = 40;
    private static final Batch DATA = data(1, N);
    private static final Batch TEST = data(9, 1);
    private static final GraphModel MODEL = model();

    /** Two layers over numbers of very different size, in single precision: no sum is the same in another order. */
    private static GraphModel model() {
        Graph.Builder g = Graph.builder(DataType.FLOAT);
        Node hidden = Layers.tanh(Layers.linear(
                g.input(Batch.FEATURES), g.trainable("w1", random(2, D, 33)), g.trainable("b1", random(3, 33))));
        Node logits = Layers.linear(hidden, g.trainable("w2", random(4, 33, 3)), g.trainable("b2", random(5, 3)));
        return GraphModel.builder(g.build(), logits, Loss.softmaxCrossEntropy())
                .features(hidden)
                .build();
    }

    private static Batch data(long seed, int n) {
        INDArray x = Nd4j.createFromArray(Systems.normal(seed, n * D)).reshape(n, D);
        int[] labels = IntStream.range(0, n).map(i -> i % 3).toArray();
        return Batch.of(x.castTo(DataType.FLOAT), Nd4j.createFromArray(labels));
    }

    private static INDArray random(long seed, int... shape) {
        int length = IntStream.of(shape).reduce(1, (a, b) -> a * b);
        INDArray flat = Nd4j.createFromArray(Systems.normal(seed, length)).muli(0.3);
        return shape.length == 1 ? flat : flat.reshape(shape[0], shape[1]);
    }

    static List<InverseHvp> solvers() {
        return List.of(
                Lissa.builder()
                        .recursionDepth(20)
                        .batchSize(3)
                        .repeats(8)
                        .damping(5)
                        .scale(40)
                        .build(),
                Lissa.auto().batchSize(2).repeats(8).maxRecursionDepth(30).build(),
                ConjugateGradient.builder()
                        .damping(5)
                        .preconditionerExamples(50)
                        .build());
    }

    /** Everything that an engine says, s_test included, as text with all digits. */
    private static List<String> answers(DeviceGroup devices, InverseHvp solver) {
        List<String> answers = new ArrayList<>();
        InverseHvp recording = (curvature, vectors, progress) -> {
            List<Solution> solutions = solver.solveAll(curvature, vectors, progress);
            solutions.forEach(s -> answers.add(Arrays.toString(s.value().toFloatVector())));
            return solutions;
        };
        try (InfluenceEngine engine = InfluenceEngine.builder(MODEL, TrainingSet.of(DATA))
                .index(ExactIndex::of)
                .inverseHvp(recording)
                .devices(devices)
                .curvature(CurvatureMatrix.HESSIAN)
                .candidates(200)
                .build()) {
            InfluenceResult result = engine.explain(Query.of(TEST).withTopK(20));
            answers.add(result.scored().toString());
            answers.add(result.helpful().toString() + result.harmful());
            answers.add(result.solve().toString());
        }
        return answers;
    }

    @ParameterizedTest
    @MethodSource("solvers")
    void anyNumberOfWorkersGivesTheSameBits(InverseHvp solver) {
        List<String> one = answers(DeviceGroup.cpu(1), solver);
        for (int workers : new int[] {2, 3, 8}) {
            assertEquals(one, answers(DeviceGroup.cpu(workers), solver), workers + " workers");
        }
        assertEquals(List.of(), workerThreads());
    }

    @Test
    void theWorkIsDoneByTheWorkers() {
        List<String> threads = new ArrayList<>();
        try (InfluenceEngine engine = engine(3, watched(call -> {
            synchronized (threads) {
                threads.add(Thread.currentThread().getName());
            }
        }))) {
            threads.clear();
            engine.topK(TEST);
        }
        assertEquals(
                List.of("fastif-worker-0", "fastif-worker-1", "fastif-worker-2"),
                threads.stream()
                        .distinct()
                        .filter(t -> t.startsWith("fastif"))
                        .sorted()
                        .toList());
    }

    /** A hundred times one product, somewhere, fails: so does the call, and nothing stays behind. */
    @Test
    void aWorkerThatFailsEndsTheCallAndLeavesNothing() throws IOException, InterruptedException {
        Random random = new Random(4);
        AtomicInteger failing = new AtomicInteger(-1);
        AtomicInteger count = new AtomicInteger();
        TrainingSet trainingSet = watched(call -> {
            if (count.getAndIncrement() == failing.get()) {
                throw new IllegalStateException("disk " + failing.get() + " is gone");
            }
        });
        int blasThreads = Nd4j.factory().blas().getMaxThreads();
        long before = 0;
        try (InfluenceEngine engine = engine(3, trainingSet)) {
            count.set(0);
            String truth = engine.topK(TEST).scored().toString();
            int calls = count.get();
            for (int i = 0; i < 230; i++) {
                failing.set(random.nextInt(calls - 10));
                count.set(0);
                assertMentions(IllegalStateException.class, () -> engine.topK(TEST), "disk " + failing + " is gone");
                assertEquals(List.of(), workerThreads());
                if (i == 129) { // the heap has grown to its size
                    before = residentMebibytes();
                }
            }
            failing.set(-1);
            assertEquals(truth, engine.topK(TEST).scored().toString(), "and the engine still works");
        }
        assertEquals(blasThreads, Nd4j.factory().blas().getMaxThreads());
        long after = residentMebibytes();
        assertTrue(after - before < 40, "resident memory went from " + before + " to " + after + " MiB");
    }

    @Test
    void anInterruptEndsAllWorkers() {
        AtomicInteger count = new AtomicInteger(-1000);
        Thread caller = Thread.currentThread();
        TrainingSet trainingSet = watched(call -> {
            int now = count.incrementAndGet();
            if (now == 30) {
                caller.interrupt();
            } else if (now > 30) {
                LockSupport.parkNanos(20_000_000); // a busy machine takes a while to wake the caller
            }
        });
        try (InfluenceEngine engine = engine(2, trainingSet)) {
            count.set(0);
            assertThrows(CancellationException.class, () -> engine.topK(TEST));
            assertTrue(Thread.interrupted(), "the flag stays set");
            assertTrue(count.get() < 40, "ended within a product each, after " + count);
            assertEquals(List.of(), workerThreads());
        }
    }

    @Test
    void aListenerCancelsByThrowing() {
        CancellationException token = new CancellationException("enough");
        try (InfluenceEngine engine = engine(2, TrainingSet.of(DATA))) {
            Query query = Query.of(TEST).withProgress((stage, done, total) -> {
                if (stage == Stage.INVERSE_HVP && done == 21) {
                    throw token;
                }
            });
            assertSame(token, assertThrows(CancellationException.class, () -> engine.explain(query)));
            assertEquals(List.of(), workerThreads());
        }
    }

    @Test
    void progressAddsUpOverTheWorkers() {
        List<Long> done = new ArrayList<>();
        try (InfluenceEngine engine = engine(3, TrainingSet.of(DATA))) {
            engine.explain(Query.of(TEST).withProgress((stage, finished, total) -> {
                if (stage == Stage.INVERSE_HVP && total > 1) {
                    done.add(finished); // by one thread at a time: no lock
                    assertEquals(160, total);
                }
            }));
        }
        assertEquals(IntStream.rangeClosed(0, 160).mapToObj(i -> (long) i).toList(), done);
    }

    @Test
    void questionsAtTheSameTimeDoNotDisturbEachOther() {
        try (InfluenceEngine engine = engine(2, TrainingSet.of(DATA))) {
            List<Batch> tests =
                    IntStream.range(20, 26).mapToObj(i -> data(i, 1)).toList();
            List<String> alone = tests.stream()
                    .map(test -> engine.topK(test).scored().toString())
                    .toList();
            List<String> together = tests.parallelStream()
                    .map(test -> engine.topK(test).scored().toString())
                    .toList();
            assertEquals(alone, together);
            assertNotEquals(alone.get(0), alone.get(1));
        }
    }

    @Test
    void impossibleGroupsAreRefused() {
        assertRejected(() -> DeviceGroup.cpu(0), "workers is 0", "at least 1");
        assertMentions(IllegalStateException.class, () -> DeviceGroup.gpus(4), "not CUDA", "DeviceGroup.cpu(4)");
        assertEquals(
                Runtime.getRuntime().availableProcessors(),
                DeviceGroup.available().workers());
    }

    private static InfluenceEngine engine(int workers, TrainingSet trainingSet) {
        return InfluenceEngine.builder(MODEL, trainingSet)
                .index(ExactIndex::of)
                .inverseHvp(solvers().get(0))
                .devices(DeviceGroup.cpu(workers))
                .candidates(200)
                .build();
    }

    /** The training set, which tells before each batch that it is asked for. */
    private static TrainingSet watched(IntConsumer listener) {
        TrainingSet all = TrainingSet.of(DATA);
        return new TrainingSet() {
            @Override
            public int size() {
                return all.size();
            }

            @Override
            public Batch batch(int... ids) {
                listener.accept(ids.length);
                return all.batch(ids);
            }
        };
    }

    private static List<String> workerThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("fastif-worker"))
                .toList();
    }

    /** After what Java's heap had kept is collected: questions themselves ask for no collection. */
    private static long residentMebibytes() throws IOException, InterruptedException {
        for (int i = 0; i < 3; i++) {
            System.gc();
            Thread.sleep(200); // ND4J frees arrays by a thread of its own
        }
        String line = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(l -> l.startsWith("VmRSS"))
                .findFirst()
                .orElseThrow();
        return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024;
    }
}
