package dev.fastif.hvp.internal;

/** A part of a network that has no rule: an adapter collects them, to name all at once. */
public final class Unsupported extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** A part, in the words of the message. */
    public Unsupported(String what) {
        super(what);
    }

    /** The part. */
    public String what() {
        return String.valueOf(getMessage());
    }
}
