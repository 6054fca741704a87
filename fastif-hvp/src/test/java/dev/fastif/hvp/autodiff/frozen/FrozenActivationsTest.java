package dev.fastif.hvp.autodiff.frozen;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import dev.fastif.core.DamagedFileException;
import dev.fastif.core.Loss;
import dev.fastif.core.Progress;
import dev.fastif.core.TrainingSet;
import dev.fastif.hvp.autodiff.FrozenPart;
import dev.fastif.hvp.autodiff.Graph;
import dev.fastif.hvp.autodiff.GraphModel;
import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.operations.Layers;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class FrozenActivationsTest {
    private static final int VOCABULARY = 11;
    private static final int HIDDEN = 6;

    private final Random random = new Random(5);
    private final Sentences sentences = new Sentences(23);
    private final GraphModel full = model();
    private final GraphModel trainable = full.trainablePart();

    @TempDir
    private Path folder;

    /** Token ids of lengths 1 to 7, padded within a batch. */
    private record Sentences(int size) implements TrainingSet {

        @Override
        public int length(int id) {
            return 1 + id % 7;
        }

        @Override
        public Batch batch(int... ids) {
            int longest = 0;
            for (int id : ids) {
                longest = Math.max(longest, length(id));
            }
            int[][] tokens = new int[ids.length][longest];
            double[][] mask = new double[ids.length][longest];
            int[] labels = new int[ids.length];
            for (int i = 0; i < ids.length; i++) {
                labels[i] = ids[i] % 3;
                for (int t = 0; t < length(ids[i]); t++) {
                    tokens[i][t] = (7 * ids[i] + 3 * t) % VOCABULARY;
                    mask[i][t] = 1;
                }
            }
            Map<String, INDArray> arrays = new LinkedHashMap<>();
            arrays.put("ids", Nd4j.createFromArray(tokens));
            arrays.put("mask", Nd4j.createFromArray(mask));
            arrays.put(Batch.LABELS, Nd4j.createFromArray(labels));
            return Batch.of(arrays);
        }
    }

    private INDArray gaussian(long... shape) {
        double[] values = random.doubles(Nd4j.create(DataType.DOUBLE, shape).length(), -1, 1)
                .toArray();
        return Nd4j.createFromArray(values).reshape(shape);
    }

    private GraphModel model() {
        Graph.Builder graph = Graph.builder(DataType.DOUBLE);
        Node words = Layers.embedding(graph.input("ids"), graph.frozen("words", gaussian(VOCABULARY, HIDDEN)));
        Node states = Layers.tanh(Layers.linear(words, graph.frozen("frozen", gaussian(HIDDEN, HIDDEN))));
        Node query = Layers.linear(Layers.token(states, 0), graph.trainable("query", gaussian(HIDDEN, HIDDEN)));
        Node mixed = Layers.attention(query, states, states, graph.input("mask"), 2);
        Node output = Layers.linear(mixed, graph.trainable("out", gaussian(HIDDEN, 3)));
        return GraphModel.builder(graph.build(), output, Loss.softmaxCrossEntropy())
                .features(mixed)
                .build();
    }

    @Test
    void trainablePartComputesWhatTheWholeComputes() {
        Batch batch = sentences.batch(3, 9, 20, 0);
        Batch above = full.frozenPart().apply(batch);
        INDArray v = gaussian(full.parameters().size());
        assertEquals(full.parameters().names(), trainable.parameters().names());
        assertClose(full.losses(batch), trainable.losses(above));
        assertClose(full.features(batch), trainable.features(above));
        assertClose(full.gradient(batch), trainable.gradient(above));
        assertClose(full.hessianVectorProduct(batch, v), trainable.hessianVectorProduct(above, v));
        assertClose(full.directionalDerivatives(batch, v), trainable.directionalDerivatives(above, v));
    }

    @Test
    void keptActivationsGiveTheLossesOfTheWholeModel() throws IOException {
        for (int opening = 0; opening < 2; opening++) {
            try (FrozenActivations kept = open(Progress.none())) {
                int[] ids = {5, 22, 0, 5, 13};
                assertClose(full.losses(sentences.batch(ids)), trainable.losses(kept.batch(ids)));
                for (int id = 0; id < sentences.size(); id++) {
                    assertClose(full.losses(sentences.batch(id)), trainable.losses(kept.batch(id)));
                }
            }
        }
        assertTrue(files().stream().allMatch(file -> file.toString().endsWith(".activations")), "no temporary files");
    }

    @Test
    void knownActivationsAreNotComputedAgain() {
        open(Progress.none()).close();
        Progress refusing = (stage, done, total) -> {
            throw new AssertionError("computed again");
        };
        FrozenPart sameModelBuiltAgain = new FrozenActivationsTest().full.frozenPart();
        FrozenActivations.open(folder.resolve("kept"), sameModelBuiltAgain, sentences, refusing)
                .close();
    }

    @Test
    void damagedFileIsWrittenAgain() throws IOException {
        open(Progress.none()).close();
        try (RandomAccessFile file = new RandomAccessFile(files().get(0).toFile(), "rw")) {
            file.setLength(file.length() - 1);
        }
        try (FrozenActivations kept = open(Progress.none())) {
            assertClose(full.losses(sentences.batch(4, 6)), trainable.losses(kept.batch(4, 6)));
        }
    }

    /** Any bit, any page, any end: the same answer, or the file is named as damaged, and the remedy works. */
    @Test
    void damageGivesNoOtherAnswer() throws IOException {
        open(Progress.none()).close();
        Path file = files().get(0);
        byte[] whole = Files.readAllBytes(file);
        int[] ids = IntStream.range(0, sentences.size()).toArray();
        INDArray expected = full.losses(sentences.batch(ids));
        int refused = 0;
        for (int i = 0; i < 120; i++) {
            byte[] damaged = i % 3 == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length + 20)) : whole.clone();
            if (i % 3 == 1) {
                damaged[random.nextInt(whole.length)] ^= (byte) (1 << random.nextInt(8));
            } else if (i % 3 == 2) {
                int page = Math.min(4096, whole.length / 5);
                int start = random.nextInt(whole.length - page);
                Arrays.fill(damaged, start, start + page, (byte) 0);
            }
            Files.write(file, damaged);
            try (FrozenActivations kept = open(Progress.none())) {
                assertClose(expected, trainable.losses(kept.batch(ids)));
                assertArrayEquals(whole, Files.readAllBytes(file), "it was computed anew");
            } catch (DamagedFileException e) {
                refused++;
                assertEquals(file, e.file());
                assertTrue(String.valueOf(e.getMessage()).contains("Delete it"), e.getMessage());
                Files.delete(file);
                open(Progress.none()).close();
            }
        }
        assertTrue(refused > 20 && refused < 110, "refused " + refused);
    }

    @Test
    void aFileThatIsCutWhileItIsOpenIsNamed() throws IOException {
        try (FrozenActivations kept = open(Progress.none())) {
            try (RandomAccessFile file = new RandomAccessFile(files().get(0).toFile(), "rw")) {
                file.setLength(300);
            }
            DamagedFileException e = assertThrows(DamagedFileException.class, () -> kept.batch(20));
            assertTrue(String.valueOf(e.getMessage()).contains("while it was open"), e.getMessage());
        }
    }

    /** An interrupt cancels, whether there is something to compute or not, and is not lost; what was done is not either. */
    @Test
    void anInterruptStaysOne() {
        Thread.currentThread().interrupt();
        assertThrows(CancellationException.class, () -> open(Progress.none()));
        assertTrue(Thread.interrupted());
        Progress interrupting = (stage, done, total) -> Thread.currentThread().interrupt();
        Sentences many = new Sentences(200);
        assertThrows(CancellationException.class, () -> open(many, interrupting));
        assertTrue(Thread.interrupted());
        open(many, Progress.none()).close();
        Thread.currentThread().interrupt();
        assertThrows(CancellationException.class, () -> open(many, Progress.none()));
        assertTrue(Thread.interrupted());
        try (FrozenActivations kept = open(many, Progress.none())) {
            Thread.currentThread().interrupt();
            INDArray read = kept.batch(7, 150).get(full.frozenPart().names().get(0));
            assertTrue(Thread.interrupted());
            assertClose(read, kept.batch(7, 150).get(full.frozenPart().names().get(0)));
        }
    }

    @Test
    void cancelledWorkLeavesNothingBehind() throws IOException {
        Progress cancelling = (stage, done, total) -> {
            throw new CancellationException("stop");
        };
        assertThrows(CancellationException.class, () -> open(cancelling));
        assertEquals(List.of(), files());
    }

    /** 200 sentences are four batches; the work is stopped before the third, and a batch that is done twice is noticed. */
    @Test
    void interruptedWorkGoesOnWhereItWas() throws IOException {
        Sentences many = new Sentences(200);
        Progress impatient = (stage, done, total) -> {
            if (done == 128) {
                throw new CancellationException("stop");
            }
        };
        assertThrows(CancellationException.class, () -> open(many, impatient));
        assertTrue(
                files().stream().allMatch(file -> file.toString().endsWith(".activations.part")), files().toString());
        List<Long> heard = new ArrayList<>();
        try (FrozenActivations kept = open(many, (stage, done, total) -> heard.add(done))) {
            assertEquals(List.of(128L, 192L, 200L), heard);
            for (int id = 0; id < many.size(); id++) {
                assertClose(full.losses(many.batch(id)), trainable.losses(kept.batch(id)));
            }
        }
        assertTrue(files().stream().allMatch(file -> file.toString().endsWith(".activations")), files().toString());
    }

    @Test
    void workOfOtherExamplesIsNotContinued() throws IOException {
        Progress impatient = (stage, done, total) -> {
            if (done > 0) {
                throw new CancellationException("stop");
            }
        };
        assertThrows(CancellationException.class, () -> open(new Sentences(200), impatient));
        Sentences others = new Sentences(201);
        try (FrozenActivations kept = open(others, Progress.none())) {
            assertClose(full.losses(others.batch(7, 200)), trainable.losses(kept.batch(7, 200)));
        }
        assertTrue(files().stream().allMatch(file -> file.toString().endsWith(".activations")), files().toString());
    }

    @Test
    void twoRunsDoNotWriteOneFile() {
        Progress second = (stage, done, total) -> {
            if (done < total) {
                UncheckedIOException refusal = assertThrows(UncheckedIOException.class, () -> open(Progress.none()));
                assertTrue(String.valueOf(refusal.getMessage()).contains("another run"), refusal.getMessage());
            }
        };
        open(second).close();
    }

    @Test
    void closedActivationsSaySo() {
        FrozenActivations kept = open(Progress.none());
        kept.close();
        IllegalArgumentException refusal = assertThrows(IllegalArgumentException.class, () -> kept.batch(1));
        assertTrue(String.valueOf(refusal.getMessage()).contains("closed"));
    }

    @Test
    void folderThatIsAFileIsRefused() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        UncheckedIOException refusal = assertThrows(
                UncheckedIOException.class,
                () -> FrozenActivations.open(file, full.frozenPart(), sentences, Progress.none()));
        assertTrue(String.valueOf(refusal.getMessage()).contains(file.toString()));
    }

    private FrozenActivations open(Progress progress) {
        return open(sentences, progress);
    }

    private FrozenActivations open(TrainingSet examples, Progress progress) {
        return FrozenActivations.open(folder.resolve("kept"), full.frozenPart(), examples, progress);
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> found = Files.list(folder.resolve("kept"))) {
            return found.toList();
        }
    }

    private static void assertClose(INDArray expected, INDArray actual) {
        assertTrue(
                expected.distance2(actual)
                        <= 1e-12 * (1 + expected.norm2Number().doubleValue()),
                () -> "expected " + expected + " but was " + actual);
    }
}
