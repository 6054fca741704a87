package dev.fastif.hvp.autodiff;

import static dev.fastif.core.TestArrays.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.fastif.core.Batch;
import dev.fastif.core.CurvatureMatrix;
import dev.fastif.core.Iteration;
import dev.fastif.core.Recurrence;
import dev.fastif.core.TestArrays;
import dev.fastif.hvp.autodiff.operations.Layers;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What steps in place share with nothing else, and leave to nobody. */
class InPlaceIterationTest {
    private static final int WARM_UP = 3_000;
    private static final int STEPS = 1_000;

    /** All operations that are recorded, in the shape of a transformer above frozen states. */
    private static GraphModel model() {
        return Network.of("transformer above frozen states", g -> {
                    Node x = g.sequences();
                    Node context = Layers.attention(
                            g.linear(x, "q", 4, 4), g.linear(x, "k", 4, 4), g.linear(x, "v", 4, 4), g.mask(), 2);
                    Node y = g.norm(Layers.add(x, g.linear(context, "o", 4, 4)), "gain", "bias");
                    Node inner = g.linear(Layers.gelu(g.linear(y, "up", 4, 8)), "down", 8, 4);
                    Node z = Layers.add(y, inner);
                    Node first = Layers.attentionOfOne(
                            Layers.token(z, 0),
                            z,
                            g.parameter("key", 4, 4),
                            g.parameter("value", 4, 4),
                            g.parameter("c", 4),
                            g.mask(),
                            2);
                    return g.head(Layers.tanh(first));
                })
                .model(DataType.FLOAT);
    }

    private static Batch batch(long seed, int... labels) {
        return Network.batch()
                .with("sequences", TestArrays.normal(seed, 3, 5, 4).castTo(DataType.FLOAT))
                .with("mask", Network.batch().get("mask").castTo(DataType.FLOAT))
                .with(Batch.LABELS, Nd4j.createFromArray(labels));
    }

    private static INDArray direction(GraphModel model, int seed) {
        return TestArrays.normal(seed, model.parameters().size())
                .castTo(DataType.FLOAT)
                .muli(0.01);
    }

    private static Iteration<Batch> iteration(GraphModel model, INDArray x, INDArray added) {
        return model.iteration(CurvatureMatrix.HESSIAN, new Recurrence(List.of(x), 0.9, -0.005, List.of(added)));
    }

    /** The aim of a kilobyte a step; what is left is the array of squares that each returns. */
    @Test
    void aStepMakesNoObjects() {
        GraphModel model = model();
        List<Batch> batches = List.of(batch(1, 2, 0, 1), batch(2, 0, 0, 2), batch(3, 1, 1, 1));
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        INDArray x = direction(model, 1);
        try (Iteration<Batch> iteration = iteration(model, x, direction(model, 2))) {
            for (int i = 0; i < WARM_UP; i++) {
                iteration.step(batches.get(i % 3));
            }
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < STEPS; i++) {
                iteration.step(batches.get(i % 3));
            }
            long made = threads.getCurrentThreadAllocatedBytes() - before;
            assertTrue(made < 1_000_000, STEPS + " steps made " + made + " bytes");
        }
    }

    /** Of the whole process, Java's heap and other memory. */
    @Test
    void residentMemoryStaysFlat() {
        GraphModel model = model();
        Batch batch = batch(1, 2, 0, 1);
        INDArray x = direction(model, 1);
        try (Iteration<Batch> iteration = iteration(model, x, direction(model, 2))) {
            long before = 0;
            for (int i = 0; i < WARM_UP + STEPS; i++) {
                if (i == WARM_UP) {
                    before = Pointer.physicalBytes();
                }
                iteration.step(batch);
            }
            long grown = Pointer.physicalBytes() - before;
            assertTrue(grown < 32L << 20, STEPS + " steps left " + grown + " bytes");
        }
    }

    @Test
    void whatOtherPassesDoBetweenStepsChangesNothing() {
        GraphModel model = model();
        INDArray alone = direction(model, 1);
        INDArray disturbed = alone.dup();
        INDArray added = direction(model, 2);
        try (Iteration<Batch> quiet = iteration(model, alone, added)) {
            for (int i = 0; i < 6; i++) {
                quiet.step(batch(i, 2, 0, 1));
            }
        }
        try (Iteration<Batch> iteration = iteration(model, disturbed, added)) {
            for (int i = 0; i < 6; i++) {
                iteration.step(batch(i, 2, 0, 1));
                model.gradient(batch(100 + i, 0, 0, 0));
                INDArray other = direction(model, 50);
                try (Iteration<Batch> within = iteration(model, other, added)) {
                    within.step(batch(200 + i, 1, 1, 1));
                    within.step(batch(300 + i, 1, 1, 1));
                }
            }
        }
        assertClose(alone, disturbed, 1e-7);
    }

    /** Passes of other threads have other arenas, at any moment. */
    @Test
    void whatOtherThreadsDoDuringStepsChangesNothing() throws Exception {
        GraphModel model = model();
        INDArray alone = direction(model, 1);
        INDArray disturbed = alone.dup();
        INDArray added = direction(model, 2);
        Batch batch = batch(1, 2, 0, 1);
        try (Iteration<Batch> quiet = iteration(model, alone, added)) {
            for (int i = 0; i < STEPS; i++) {
                quiet.step(batch);
            }
        }
        try (Iteration<Batch> iteration = iteration(model, disturbed, added)) {
            iteration.step(batch);
            AtomicBoolean ended = new AtomicBoolean();
            CompletableFuture<Void> others = CompletableFuture.runAsync(() -> {
                Batch other = batch(2, 0, 1, 2);
                while (!ended.get()) {
                    model.gradient(other).close();
                }
            });
            for (int i = 1; i < STEPS; i++) {
                iteration.step(batch);
            }
            ended.set(true);
            others.get();
        }
        assertClose(alone, disturbed, 1e-6);
    }

    /** More shapes than recordings are kept, each met again. */
    @Test
    void batchesOfVeryManyShapes() {
        GraphModel model = model();
        INDArray x = direction(model, 1);
        INDArray added = direction(model, 2);
        try (Iteration<Batch> iteration = iteration(model, x, added)) {
            for (int round = 0; round < 2; round++) {
                for (int tokens = 1; tokens <= 300; tokens++) {
                    Batch batch = batch(tokens, 2, 0, 1)
                            .with("sequences", TestArrays.normal(tokens, 3, tokens, 4))
                            .with("mask", Nd4j.ones(DataType.FLOAT, 3, tokens));
                    INDArray expected = tokens % 50 == 0 ? step(model, batch, x, added) : null;
                    iteration.step(batch);
                    if (expected != null) {
                        assertClose(expected, x, 1e-5);
                    }
                }
            }
        }
    }

    /** {@code 0.9 x - 0.005 H x + added}. */
    private static INDArray step(GraphModel model, Batch batch, INDArray x, INDArray added) {
        INDArray product = model.hessianVectorProduct(batch, x);
        return x.mul(0.9).subi(product.mul(0.005)).addi(added);
    }

    @Test
    void theModelsParametersAreReadInEachStep() {
        GraphModel model = model();
        INDArray added = direction(model, 2);
        INDArray x = direction(model, 1);
        INDArray start = x.dup();
        INDArray moved = model.parameterValues().mul(1.5);
        try (Iteration<Batch> iteration = iteration(model, x, added)) {
            iteration.step(batch(1, 2, 0, 1));
            x.assign(start);
            model.setParameterValues(moved);
            iteration.step(batch(1, 2, 0, 1));
        }
        assertClose(step(model, batch(1, 2, 0, 1), start, added), x, 1e-5);
    }

    @Test
    void aBadBatchIsRefusedBeforeAnythingIsWritten() {
        GraphModel model = model();
        INDArray x = direction(model, 1);
        try (Iteration<Batch> iteration = iteration(model, x, direction(model, 2))) {
            for (int round = 0; round < 2; round++) {
                INDArray before = x.dup();
                String message = assertThrows(IllegalArgumentException.class, () -> iteration.step(batch(1, 2, 3, 1)))
                        .getMessage();
                assertEquals("label of example 1 is 3.0: class indices are whole numbers from 0 to 2", message);
                assertEquals(before, x);
                double square = iteration.step(batch(2, 2, 0, 1))[0];
                assertEquals(x.mul(x).sumNumber().doubleValue(), square, 1e-5 * square);
            }
        }
    }
}
