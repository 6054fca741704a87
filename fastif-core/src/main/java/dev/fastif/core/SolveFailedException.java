package dev.fastif.core;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A solver found no solution of the promised quality. The message says why, and what to change. */
public final class SolveFailedException extends RuntimeException {
    private static final long serialVersionUID = 2L;

    private final SolveOutcome outcome;
    private final transient @Nullable SolveReport report;

    /** Creates the exception with what went wrong, in numbers, and its remedy. */
    public SolveFailedException(SolveOutcome outcome, String message) {
        super(message);
        this.outcome = outcome;
        this.report = null;
    }

    /** Creates the exception with the certificate of what was found but breaks the promise. */
    public SolveFailedException(SolveReport report, String message) {
        super(message);
        this.outcome = report.outcome();
        this.report = report;
    }

    /** What kind of failure it is. */
    public SolveOutcome outcome() {
        return outcome;
    }

    /** How far the solve came, if it came to an end; not kept by serialization. */
    public Optional<SolveReport> report() {
        return Optional.ofNullable(report);
    }
}
