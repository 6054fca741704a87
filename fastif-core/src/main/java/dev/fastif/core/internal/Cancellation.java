package dev.fastif.core.internal;

import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Ends work that nobody waits for any more. Long computations ask {@link #check} often, between the nodes of a pass: it costs some
 * nanoseconds. Thread-safe.
 */
public final class Cancellation {
    private static final ThreadLocal<@Nullable BooleanSupplier> DISMISSED = new ThreadLocal<>();

    private Cancellation() {}

    /**
     * Goes on unless the thread was interrupted, or what it works at was dismissed.
     *
     * @throws CancellationException otherwise; the thread's interrupt flag stays as it is
     */
    public static void check() {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException("interrupted while computing");
        }
        BooleanSupplier dismissed = DISMISSED.get();
        if (dismissed != null && dismissed.getAsBoolean()) {
            throw new CancellationException("another task failed or the question was cancelled");
        }
    }

    /** Does a task that is dismissed as soon as {@code dismissed} says so. */
    public static <T> T unless(BooleanSupplier dismissed, Supplier<? extends T> task) {
        BooleanSupplier before = DISMISSED.get();
        DISMISSED.set(dismissed);
        try {
            return task.get();
        } finally {
            if (before == null) {
                DISMISSED.remove();
            } else {
                DISMISSED.set(before);
            }
        }
    }
}
