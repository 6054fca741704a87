package dev.fastif.core;

import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs the first solve of each kind that a reader should not trust; every report has its own warnings. Thread-safe. */
final class SolveLog {
    private static final Logger log = LoggerFactory.getLogger(InfluenceEngine.class);

    private final AtomicBoolean poor = new AtomicBoolean();
    private final AtomicBoolean parallel = new AtomicBoolean();

    void add(SolveReport report) {
        boolean firstPoor = report.isPoor() && !poor.getAndSet(true);
        boolean firstParallel = report.isParallel() && !parallel.getAndSet(true);
        if (firstPoor || firstParallel) {
            log.warn(
                    "{} ({}). Further solves like it are not logged; see SolveReport.warnings()",
                    String.join("; ", report.warnings()),
                    report.solver());
        }
    }
}
