package dev.fastif.core.internal;

import java.util.concurrent.CancellationException;

/**
 * Ends work that nobody waits for any more. Long computations ask {@link #check} often, between the nodes of a pass: it costs some
 * nanoseconds. Thread-safe.
 */
public final class Cancellation {
    private Cancellation() {}

    /**
     * A thread that works for others, who may dismiss what it works at. It is not interrupted for that, since an interrupt reaches
     * whatever a task does, and closes the files that it reads.
     */
    public interface Dismissible {
        /** Whether nobody waits any more for what the thread works at. It is asked on that thread. */
        boolean isDismissed();
    }

    /**
     * Goes on unless the thread was interrupted, or what it works at was dismissed.
     *
     * @throws CancellationException otherwise; the thread's interrupt flag stays as it is
     */
    public static void check() {
        Thread thread = Thread.currentThread();
        if (thread.isInterrupted()) {
            throw new CancellationException("interrupted while computing");
        }
        if (thread instanceof Dismissible worker && worker.isDismissed()) {
            throw new CancellationException("another task failed or the question was cancelled");
        }
    }
}
