package dev.fastif.hvp.autodiff.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Passes that are made at the same time share nothing; those that follow each other use the same memory. */
class SessionsTest {
    private final Sessions sessions = new Sessions(DataType.FLOAT);

    private INDArray array(long... shape) {
        return sessions.once(session -> session.kernels().array(shape));
    }

    @Test
    void whatOneThreadLeavesAnotherUses() throws Exception {
        INDArray before = array(21);
        assertSame(before, array(21));
        assertSame(before, CompletableFuture.supplyAsync(() -> array(21)).get());
    }

    @Test
    void sessionsAtTheSameTimeHaveArraysOfTheirOwn() {
        try (Session outer = sessions.open();
                Session.Run run = outer.begin()) {
            INDArray ours = outer.kernels().array(23).assign(0);
            INDArray others = array(23).assign(5);
            assertNotSame(ours, others);
            assertEquals(0, ours.sumNumber().intValue());
        }
    }

    @Test
    void aPassThatFailedIsOver() {
        INDArray before = array(11);
        int threads = Nd4j.factory().blas().getMaxThreads();
        assertThrows(
                IllegalStateException.class,
                () -> sessions.once(session -> {
                    session.kernels().array(11);
                    throw new IllegalStateException();
                }));
        assertEquals(threads, Nd4j.factory().blas().getMaxThreads());
        assertSame(before, array(11));
    }

    @Test
    void anArrayThatIsNoFloatOrClosedIsNeverHandedToNativeCode() {
        INDArray x = Nd4j.createFromArray(1f, 2, 3);
        INDArray closed = Nd4j.createFromArray(1f, 2, 3);
        closed.close();
        for (INDArray bad : List.of(Nd4j.createFromArray(1, 2, 3), Nd4j.createFromArray(1.0, 2, 3), closed)) {
            assertThrows(
                    RuntimeException.class,
                    () -> sessions.once(session -> session.kernels().sum(x, bad)));
        }
    }
}
