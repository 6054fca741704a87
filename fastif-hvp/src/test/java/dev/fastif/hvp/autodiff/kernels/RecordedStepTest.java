package dev.fastif.hvp.autodiff.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import dev.fastif.core.TestArrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Recorded or not, steps give what passes give; and what cannot be recorded is found out. */
class RecordedStepTest {
    /** A step: x += what is computed of a batch's array. */
    @FunctionalInterface
    interface Step {
        INDArray of(Kernels kernels, INDArray given);
    }

    private final INDArray x = TestArrays.normal(1, 4, 5).castTo(DataType.FLOAT);
    private final Total total = new Total();
    private final AtomicInteger passes = new AtomicInteger();

    private static Batch batch(long seed, long rows) {
        return Batch.of(Map.of("given", TestArrays.normal(seed, rows, 5).castTo(DataType.FLOAT)));
    }

    private RecordedStep step(Session session, Step step) {
        return new RecordedStep(session, List.of("given"), List.of(x), List.of(total), List.of(), batch -> {
            passes.incrementAndGet();
            Kernels kernels = session.kernels();
            INDArray given = kernels.load(batch.get("given"));
            INDArray square = kernels.product(Factor.of(given).transpose(), Factor.of(given));
            INDArray change = step.of(kernels, kernels.product(Factor.of(x), Factor.of(square)));
            kernels.addTo(x, kernels.scaled(change, 0.01), total);
        });
    }

    /** Takes steps for batches of several shapes, and compares all that they leave with passes. Returns whether they were recorded. */
    private boolean requireLikePasses(Step step) {
        INDArray start = x.dup();
        List<Batch> batches = Stream.of(3, 3, 2, 3, 2, 2, 3)
                .map(rows -> batch(7L * rows + passes.get(), rows))
                .toList();
        double[] expected = new double[batches.size()];
        try (Session session = new Sessions(DataType.FLOAT).open()) {
            RecordedStep alone = step(session, step);
            for (int i = 0; i < batches.size(); i++) {
                RecordedStep fresh = step(session, step); // has seen no shape before: makes a pass
                fresh.take(batches.get(i));
                expected[i] = total.take();
            }
            INDArray left = x.dup();
            x.assign(start);
            passes.set(0);
            for (int i = 0; i < batches.size(); i++) {
                alone.take(batches.get(i));
                assertEquals(expected[i], total.take(), "at step " + i);
            }
            assertEquals(left, x);
            assertEquals(0, TestArrays.difference(left, x));
            return alone.isRecordable();
        }
    }

    static Stream<Arguments> recorded() {
        return Stream.of(
                step("product", (k, y) -> y),
                step("softmax", (k, y) -> k.softmax(y).product(y)),
                step("normalize", (k, y) -> k.normalize(y, 1e-3).productTangent(y, y, y, y)),
                step("activation", (k, y) -> k.activate(Activation.GELU, y, List.of(y))
                        .get(1)),
                step("rows", (k, y) -> {
                    INDArray row = k.zeros(5);
                    k.setSumOfRows(row, 0, 0.1, y);
                    INDArray rows = k.timesRow(y, row);
                    k.addRowTo(rows, row);
                    return rows;
                }),
                step("stack", (k, y) -> k.products(
                                List.of(y, k.scaled(y, 2)),
                                Factor.of(k.softmax(k.product(Factor.of(y).transpose(), Factor.of(y)))
                                        .value()))
                        .get(1)));
    }

    static Stream<Arguments> unrecorded() {
        INDArray kept = Nd4j.create(DataType.FLOAT, 4, 5);
        return Stream.of(
                step("an operation of ND4J", (k, y) -> y.add(1)),
                step("one in another type", (k, y) -> k.load(y.castTo(DataType.DOUBLE))),
                step("a write in place", (k, y) -> y.addi(1)),
                step("a write into an array of the session", (k, y) -> k.array(4, 5)
                        .assign(0.5)),
                step("what is kept from step to step", (k, y) -> k.sum(y, kept)),
                step("work that depends on numbers", (k, y) -> k.scaled(y, Math.tanh(y.getDouble(1)))));
    }

    private static Arguments step(String name, Step step) {
        return Arguments.of(Named.of(name, step));
    }

    @ParameterizedTest
    @MethodSource("recorded")
    void workOfKernelsIsRecorded(Step step) {
        assertTrue(requireLikePasses(step));
        // two shapes captured and one check; the other four steps are replayed
        assertEquals(3, passes.get());
    }

    @ParameterizedTest
    @MethodSource("unrecorded")
    void otherWorkIsFoundOut(Step step) {
        assertFalse(requireLikePasses(step));
    }

    @Test
    void aStepThatFailsLeavesTheNextOnesRight() {
        AtomicInteger calls = new AtomicInteger();
        try (Session session = new Sessions(DataType.FLOAT).open()) {
            RecordedStep step = step(session, (k, y) -> {
                if (calls.getAndIncrement() == 0) {
                    throw new IllegalStateException("the first");
                }
                return y;
            });
            assertThrows(IllegalStateException.class, () -> step.take(batch(1, 3)));
            for (int i = 0; i < 4; i++) {
                step.take(batch(i, 3));
            }
            assertTrue(step.isRecordable());
            assertEquals(3, passes.get()); // failed, captured, checked
        }
    }

    @Test
    void whatIsNotOnTheCpuIsNeverRecorded() {
        INDArray y = Nd4j.create(DataType.DOUBLE, 5);
        try (Session session = new Sessions(DataType.DOUBLE).open()) {
            RecordedStep step =
                    new RecordedStep(session, List.of("given"), List.of(y), List.of(), List.of(), batch -> y.addi(1));
            step.take(batch(1, 3));
            step.take(batch(1, 3));
            assertFalse(step.isRecordable());
        }
        assertEquals(2, y.getDouble(0));
    }

    /** Labels are whole numbers, and batches may be parts of larger arrays. */
    @Test
    void arraysOfABatchAreOfAnyTypeAndAnywhere() {
        INDArray all = Nd4j.createFromArray(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
        INDArray sum = Nd4j.create(DataType.FLOAT, 4);
        try (Session session = new Sessions(DataType.FLOAT).open()) {
            RecordedStep step = new RecordedStep(
                    session, List.of("given"), List.of(sum), List.of(), List.of(), batch -> session.kernels()
                            .addTo(sum, session.kernels().load(batch.get("given")), 1));
            double expected = 0;
            for (int i = 0; i < 4; i++) {
                INDArray part = all.get(org.nd4j.linalg.indexing.NDArrayIndex.interval(4 * i, 4 * i + 4));
                step.take(Batch.of(Map.of("given", part)));
                expected += 4 * i;
                assertEquals(expected, sum.getDouble(0), "after part " + i);
            }
            assertTrue(step.isRecordable());
        }
    }
}
