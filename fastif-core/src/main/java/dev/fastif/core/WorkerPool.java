package dev.fastif.core;

import dev.fastif.core.internal.BlasThreads;
import dev.fastif.core.internal.Cancellation;
import dev.fastif.core.internal.Memory;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The workers as one question has them: its tasks, and what went wrong with them. Only the thread that opened a pool, and the
 * workers, may use it.
 */
final class WorkerPool implements Workers, AutoCloseable {
    private final Replicas replicas;
    private final Crew crew;
    private final boolean hasPlace;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private volatile boolean stopping;

    /**
     * Opens a pool.
     *
     * @param hasPlace whether it has one of the places of {@link Replicas}, to be given back
     */
    WorkerPool(Replicas replicas, Crew crew, boolean hasPlace) {
        this.replicas = replicas;
        this.crew = crew;
        this.hasPlace = hasPlace;
    }

    /** The model's replica on the device of the calling thread. */
    Model model() {
        return replicas.on(Crew.device());
    }

    @Override
    public INDArray local(INDArray array) {
        return replicas.local(array, Crew.device());
    }

    /** Ends the task on the calling thread if another one failed or was cancelled. */
    void checkpoint() {
        if (stopping) {
            throw new CancellationException("another task failed or the question was cancelled");
        }
    }

    @Override
    public <T> void run(int tasks, IntFunction<? extends T> task, ObjIntConsumer<? super T> inOrder) {
        if (tasks <= 1 || replicas.workers() == 0 || Crew.isCalling()) {
            Workers.caller().run(tasks, task, inOrder);
            return;
        }
        crew.gather(tasks);
        Deque<Future<T>> pending = new ArrayDeque<>();
        BlasThreads single = BlasThreads.single();
        try {
            // two for each worker: none waits for work, and no more results than that wait for their turn
            int window = 2 * replicas.workers();
            for (int i = 0; i < tasks + window; i++) {
                Cancellation.check(); // waiting for a result that is there notices no interrupt
                if (i >= window && !pending.isEmpty()) {
                    inOrder.accept(pending.element().get(), i - window);
                    pending.remove();
                }
                if (i < tasks) {
                    pending.add(submit(task, i));
                }
            }
        } catch (ExecutionException e) {
            throw failed(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (CancellationException) new CancellationException("interrupted while workers computed").initCause(e);
        } finally {
            stopping = true;
            pending.forEach(WorkerPool::await);
            failure.set(null);
            stopping = false;
            single.close();
        }
    }

    private <T> Future<T> submit(IntFunction<? extends T> task, int i) {
        FutureTask<T> future = new FutureTask<>(() -> {
            checkpoint();
            try {
                T result = Crew.run(() -> stopping, () -> task.apply(i));
                if (Thread.interrupted()) {
                    throw new CancellationException("a worker was interrupted");
                }
                return result;
            } catch (RuntimeException | Error e) {
                failure.compareAndSet(null, e);
                stopping = true;
                throw e;
            }
        });
        crew.add(future);
        return future;
    }

    /** What failed first: others may only have been told to stop. */
    private RuntimeException failed(ExecutionException thrown) {
        Throwable first = failure.get();
        Throwable cause = first == null ? thrown.getCause() : first;
        if (cause instanceof Error error) {
            throw error;
        }
        return cause instanceof RuntimeException exception ? exception : new IllegalStateException(thrown);
    }

    /** Frees what the question had of the calling thread, and the workers, if no other question has them. */
    @Override
    public void close() {
        Memory.freeWorkspace();
        replicas.leave(hasPlace);
    }

    /** Waits until the task is over, however it ends. */
    private static void await(Future<?> future) {
        boolean interrupted = false;
        while (!future.isDone()) {
            try {
                future.get();
            } catch (InterruptedException e) {
                interrupted = true;
            } catch (ExecutionException e) {
                break; // it is not the first to fail
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
