package dev.fastif.hvp.samediff;

/** A part of a graph that has no rule. */
final class Unsupported extends RuntimeException {
    private static final long serialVersionUID = 1;

    Unsupported(String what) {
        super(what);
    }

    String what() {
        return String.valueOf(getMessage());
    }
}
