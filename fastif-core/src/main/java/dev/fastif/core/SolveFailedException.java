package dev.fastif.core;

/** A solver found no solution of the promised quality. The message says why, and what to change. */
public final class SolveFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Creates the exception with what went wrong and its remedy. */
    public SolveFailedException(String message) {
        super(message);
    }
}
