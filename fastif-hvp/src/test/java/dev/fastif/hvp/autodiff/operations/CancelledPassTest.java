package dev.fastif.hvp.autodiff.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import dev.fastif.core.Loss;
import dev.fastif.core.internal.Cancellation;
import dev.fastif.hvp.autodiff.Graph;
import dev.fastif.hvp.autodiff.GraphModel;
import dev.fastif.hvp.autodiff.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Work that is cancelled ends before the next node of a pass, however long the pass is. */
class CancelledPassTest {
    private static final int NODES = 6;

    /** Where each operation of the graph tells that it is computed. */
    private final List<Runnable> listeners = new ArrayList<>();

    private final GraphModel model = model();
    private final Batch batch = Batch.of(Nd4j.ones(DataType.DOUBLE, 3, 2), Nd4j.zeros(DataType.DOUBLE, 3, 2));

    /** Its input as it is; it tells whenever that, or what goes back, is computed. */
    private final class Heard implements LinearMap {
        @Override
        public Plan at(List<INDArray> inputs) {
            return new Plan() {
                @Override
                public INDArray apply(List<INDArray> x) {
                    listeners.forEach(Runnable::run);
                    return x.get(0);
                }

                @Override
                public INDArray transpose(int i, INDArray adjoint) {
                    listeners.forEach(Runnable::run);
                    return adjoint;
                }
            };
        }
    }

    enum Work {
        LOSSES,
        GRADIENT,
        DIRECTIONAL,
        HESSIAN,
        GAUSS_NEWTON
    }

    @AfterEach
    void clear() {
        Thread.interrupted();
    }

    private GraphModel model() {
        Graph.Builder graph = Graph.builder(DataType.DOUBLE);
        Node node = graph.input(Batch.FEATURES);
        for (int i = 0; i < NODES; i++) {
            node = Layers.linear(node, graph.trainable("w" + i, Nd4j.eye(2).castTo(DataType.DOUBLE)));
            node = graph.apply(new Mapped(new Heard()), List.of(node));
        }
        return GraphModel.builder(graph.build(), node, Loss.squaredError()).build();
    }

    private void compute(Work work) {
        INDArray v = Nd4j.ones(DataType.DOUBLE, model.parameters().size());
        switch (work) {
            case LOSSES -> model.losses(batch);
            case GRADIENT -> model.gradient(batch);
            case DIRECTIONAL -> model.directionalDerivatives(batch, v);
            case HESSIAN -> model.hessianVectorProduct(batch, v);
            case GAUSS_NEWTON -> model.gaussNewtonProducts(batch, List.of(v));
        }
    }

    private int countOf(Work work) {
        int[] count = {0};
        listeners.clear();
        listeners.add(() -> count[0]++);
        compute(work);
        assertTrue(count[0] >= NODES, "each operation was heard");
        return count[0];
    }

    @ParameterizedTest
    @EnumSource(Work.class)
    void anInterruptEndsItBeforeTheNextNode(Work work) {
        int count = countOf(work);
        int ended = 0;
        for (int at = 0; at < count; at++) {
            int[] heard = {0};
            int stop = at;
            listeners.clear();
            listeners.add(() -> {
                if (heard[0]++ == stop) {
                    Thread.currentThread().interrupt();
                }
            });
            try {
                compute(work);
            } catch (CancellationException e) {
                ended++;
                assertTrue(Thread.currentThread().isInterrupted(), "the flag stays set");
            }
            assertTrue(Thread.interrupted());
            // of the operation itself its tangent, or adjoint's tangent, may follow
            assertTrue(heard[0] <= at + 2, "interrupted in operation " + at + ", ended after " + heard[0]);
        }
        assertTrue(ended >= count - 2, "cancelled " + ended + " of " + count);
        assertEquals(count, countOf(work), "and the model still computes");
    }

    /** A thread whose work may be dismissed. */
    private static final class Worker extends Thread implements Cancellation.Dismissible {
        private final BooleanSupplier dismissed;
        private @Nullable Throwable thrown;

        Worker(Runnable work, BooleanSupplier dismissed) {
            super(work);
            this.dismissed = dismissed;
            setUncaughtExceptionHandler((thread, e) -> thrown = e);
        }

        @Override
        public boolean isDismissed() {
            return dismissed.getAsBoolean();
        }
    }

    @ParameterizedTest
    @EnumSource(Work.class)
    void dismissedWorkEndsBeforeTheNextNode(Work work) throws InterruptedException {
        boolean[] dismissed = {false};
        int[] heard = {0};
        listeners.clear();
        listeners.add(() -> {
            heard[0]++;
            dismissed[0] = true;
        });
        Worker worker = new Worker(() -> compute(work), () -> dismissed[0]);
        worker.start();
        worker.join();
        CancellationException e = assertInstanceOf(CancellationException.class, worker.thrown);
        assertTrue(String.valueOf(e.getMessage()).contains("cancelled"), e.getMessage());
        assertTrue(heard[0] <= 2, "ended after " + heard[0]);
        listeners.clear();
        compute(work);
    }
}
