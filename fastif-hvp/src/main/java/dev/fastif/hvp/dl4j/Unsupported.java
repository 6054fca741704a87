package dev.fastif.hvp.dl4j;

/** A part of a network that has no rule. */
final class Unsupported extends RuntimeException {
    private static final long serialVersionUID = 1;

    Unsupported(String what) {
        super(what);
    }

    String what() {
        return String.valueOf(getMessage());
    }
}
