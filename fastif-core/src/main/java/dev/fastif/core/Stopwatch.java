package dev.fastif.core;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Supplier;

/** Times stages and announces them. Not thread-safe. */
final class Stopwatch {
    private final Progress progress;
    private final Map<Stage, Duration> timings = new EnumMap<>(Stage.class);

    Stopwatch(Progress progress) {
        this.progress = progress;
    }

    <T> T time(Stage stage, Supplier<T> work) {
        long start = System.nanoTime();
        progress.checkpoint(stage, 0, 1);
        T result = work.get();
        timings.put(stage, Duration.ofNanos(System.nanoTime() - start));
        return result;
    }

    Map<Stage, Duration> timings() {
        return timings;
    }
}
