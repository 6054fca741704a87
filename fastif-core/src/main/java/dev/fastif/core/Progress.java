package dev.fastif.core;

import java.util.Locale;
import java.util.concurrent.CancellationException;

/**
 * Listens to long work. Called at most once per Hessian-vector product or batch, by the thread that does the work: the
 * caller's or a worker's, but never by two at once within one question.
 *
 * <p>Work is cancelled by interrupting the thread that called, or by throwing from {@link #update}; either ends the call
 * within one Hessian-vector product.
 */
@FunctionalInterface
public interface Progress {
    /**
     * Reports that {@code done} of {@code total} units of the stage are finished.
     *
     * @param stage what is being done
     * @param done units finished, from 0 to {@code total}
     * @param total units in all
     */
    void update(Stage stage, long done, long total);

    /** Returns a listener that ignores what it hears. */
    static Progress none() {
        return (stage, done, total) -> {};
    }

    /**
     * Reports progress unless the thread was interrupted.
     *
     * @throws CancellationException if the thread was interrupted; its interrupt flag stays set
     */
    default void checkpoint(Stage stage, long done, long total) {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException(
                    String.format(Locale.ROOT, "interrupted in stage %s after %d of %d", stage, done, total));
        }
        update(stage, done, total);
    }
}
