package dev.fastif.examples;

import dev.fastif.core.Progress;
import dev.fastif.core.Stage;
import java.time.temporal.ChronoUnit;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** A progress bar on standard error for each piece of work that takes longer than two seconds. Not thread-safe. */
final class ConsoleProgress implements Progress, AutoCloseable {
    private static final long PATIENCE_NANOS = 2_000_000_000L;

    private String task = "";
    private long started;
    private @Nullable ProgressBar bar;

    @Override
    public void update(Stage stage, long done, long total) {
        update(
                switch (stage) {
                    case FROZEN -> "Frozen layers";
                    case FIT -> "Fitting curvature";
                    case INDEX -> "Index";
                    case PRESELECTION -> "Preselection";
                    case GRADIENT -> "Gradient";
                    case SPECTRUM -> "Spectrum";
                    case INVERSE_HVP -> "Inverse HVP";
                    case SCORING -> "Scoring";
                },
                done,
                total);
    }

    /** Reports {@code done} of {@code total} units of a task. */
    void update(String name, long done, long total) {
        update(name, done, total, System.nanoTime());
    }

    /** The same for a task that is known to take long: its bar is there at once. */
    void show(String name, long done, long total) {
        update(name, done, total, System.nanoTime() - PATIENCE_NANOS - 1);
    }

    private void update(String name, long done, long total, long start) {
        if (!name.equals(task)) {
            close();
            task = name;
            started = start;
        }
        ProgressBar shown = bar;
        if (shown == null && done < total && System.nanoTime() - started > PATIENCE_NANOS) {
            shown = new ProgressBarBuilder()
                    .setTaskName(name)
                    .setStyle(ProgressBarStyle.ASCII)
                    .setUpdateIntervalMillis(500)
                    .setSpeedUnit(ChronoUnit.SECONDS)
                    .showSpeed()
                    .build();
            bar = shown;
        }
        if (shown != null) {
            shown.maxHint(total);
            shown.stepTo(done);
            if (done == total) {
                close();
            }
        }
    }

    @Override
    public void close() {
        ProgressBar shown = bar;
        if (shown != null) {
            shown.close();
            bar = null;
        }
        task = "";
    }
}
