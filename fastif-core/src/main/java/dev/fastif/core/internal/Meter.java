package dev.fastif.core.internal;

import dev.fastif.core.Progress;
import dev.fastif.core.Stage;

/** Adds up what several workers have done. Thread-safe: the listener hears of one at a time. */
public final class Meter {
    private final Progress progress;
    private final Stage stage;
    private final long total;
    private long done;

    /** Nothing done of {@code total}. */
    public Meter(Progress progress, Stage stage, long total) {
        this.progress = progress;
        this.stage = stage;
        this.total = total;
    }

    /** Reports that {@code units} more are finished. */
    public synchronized void add(long units) {
        done += units;
        progress.checkpoint(stage, done, total);
    }
}
