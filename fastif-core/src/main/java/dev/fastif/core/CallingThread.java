package dev.fastif.core;

import dev.fastif.core.internal.Cancellation;
import java.util.function.IntFunction;
import java.util.function.ObjIntConsumer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** No other thread: one task after the other. */
enum CallingThread implements Workers {
    INSTANCE;

    @Override
    public <T> void run(int tasks, IntFunction<? extends T> task, ObjIntConsumer<? super T> inOrder) {
        for (int i = 0; i < tasks; i++) {
            Cancellation.check();
            inOrder.accept(task.apply(i), i);
        }
    }

    @Override
    public INDArray local(INDArray array) {
        return array;
    }
}
