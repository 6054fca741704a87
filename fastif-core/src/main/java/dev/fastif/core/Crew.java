package dev.fastif.core;

import dev.fastif.core.internal.Cancellation;
import dev.fastif.core.internal.Memory;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * The worker threads that all questions to one engine share while there are any: their tasks are done in the order in which
 * they come. Threads are started when first needed; {@link #close} waits until they are gone, and what they had allocated
 * with them. Thread-safe.
 */
final class Crew implements AutoCloseable {
    private final Replicas replicas;
    private final LinkedBlockingQueue<Runnable> queue = new LinkedBlockingQueue<>();
    private final Deque<Worker> workers = new ArrayDeque<>();
    private volatile boolean closed;

    Crew(Replicas replicas) {
        this.replicas = replicas;
    }

    /** Whether the calling thread is a worker of some crew. */
    static boolean isCalling() {
        return Thread.currentThread() instanceof Worker;
    }

    /** The device of the calling thread. */
    static int device() {
        return Thread.currentThread() instanceof Worker worker ? worker.device : 0;
    }

    /** Has at least this many threads, or as many as there may be. */
    synchronized void gather(int wanted) {
        while (workers.size() < Math.min(wanted, replicas.workers())) {
            Worker worker = new Worker(workers.size());
            workers.add(worker);
            worker.start();
        }
    }

    void add(Runnable task) {
        queue.add(task);
    }

    /** Ends the threads. There are no tasks any more. */
    @Override
    public synchronized void close() {
        closed = true;
        workers.forEach(Thread::interrupt);
        boolean interrupted = false;
        for (Worker worker : workers) {
            interrupted |= joined(worker);
        }
        workers.clear();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean joined(Thread thread) {
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                return interrupted;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
    }

    /**
     * Does a task on the calling worker.
     *
     * @param dismissed whether it is not wanted any more: then what it computes with ends it
     */
    static <T> T run(BooleanSupplier dismissed, Supplier<? extends T> task) {
        Worker worker = (Worker) Thread.currentThread();
        worker.dismissed = dismissed;
        try {
            return task.get();
        } finally {
            worker.dismissed = () -> false;
        }
    }

    private final class Worker extends Thread implements Cancellation.Dismissible {
        private final int device;
        private BooleanSupplier dismissed = () -> false;

        Worker(int device) {
            super("fastif-worker-" + device);
            this.device = device;
            setDaemon(true);
        }

        @Override
        public boolean isDismissed() {
            return dismissed.getAsBoolean();
        }

        @Override
        public void run() {
            replicas.occupy(device);
            try {
                while (!closed) {
                    runNext();
                }
            } finally {
                Memory.freeWorkspaces();
            }
        }

        private void runNext() {
            try {
                queue.take().run();
            } catch (InterruptedException e) {
                // by close, or by a task that has been cancelled
            }
        }
    }
}
