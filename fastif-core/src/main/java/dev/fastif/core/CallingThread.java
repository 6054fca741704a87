package dev.fastif.core;

import java.util.function.IntFunction;
import java.util.function.ObjIntConsumer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** No other thread: one task after the other. */
enum CallingThread implements Workers {
    INSTANCE;

    @Override
    public <T> void run(int tasks, IntFunction<? extends T> task, ObjIntConsumer<? super T> inOrder) {
        for (int i = 0; i < tasks; i++) {
            inOrder.accept(task.apply(i), i);
        }
    }

    @Override
    public INDArray local(INDArray array) {
        return array;
    }
}
