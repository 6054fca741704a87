package dev.fastif.core.internal;

import java.util.function.LongConsumer;

/** Adds up what several workers have done. Thread-safe: the listener hears of one at a time. */
public final class Meter {
    private final LongConsumer listener;
    private long done;

    /**
     * Nothing done yet.
     *
     * @param listener hears how many units are finished
     */
    public Meter(LongConsumer listener) {
        this.listener = listener;
    }

    /** Reports that {@code units} more are finished. */
    public synchronized void add(long units) {
        done += units;
        listener.accept(done);
    }
}
