package dev.fastif.core;

import java.util.function.IntFunction;
import java.util.function.ObjIntConsumer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Runs independent tasks, on the calling thread or on the workers of a {@link DeviceGroup}. Results are handed over in the
 * order of the tasks whatever the order in which they finish, so a sum of them has the same bits on any number of workers.
 */
public interface Workers {
    /**
     * Runs {@code task} for 0 to {@code tasks - 1}. The first task that fails ends the others within one Hessian-vector
     * product and its exception is thrown, as soon as no task runs any more.
     *
     * @param tasks how many, at least 0
     * @param task runs anywhere, at the same time as others
     * @param inOrder takes each result and its task's number on the calling thread, that of task 0 first
     * @throws java.util.concurrent.CancellationException if the calling thread is interrupted; its interrupt flag stays set
     */
    <T> void run(int tasks, IntFunction<? extends T> task, ObjIntConsumer<? super T> inOrder);

    /** {@code array} itself, or a copy of it if the device of the calling thread, a worker's or the caller's, is another. */
    INDArray local(INDArray array);

    /** The calling thread alone. */
    static Workers caller() {
        return CallingThread.INSTANCE;
    }
}
