package dev.fastif.core;

/** A solver found no solution of the promised quality. The message says why, and what to change. */
public final class SolveFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final SolveOutcome outcome;

    /** Creates the exception with what went wrong, in numbers, and its remedy. */
    public SolveFailedException(SolveOutcome outcome, String message) {
        super(message);
        this.outcome = outcome;
    }

    /** What kind of failure it is. */
    public SolveOutcome outcome() {
        return outcome;
    }
}
