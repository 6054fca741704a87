package dev.fastif.examples.nli;

import java.util.Locale;

/**
 * What a premise says about a hypothesis. The class index is the ordinal: 0 entailment, 1 neutral, 2
 * contradiction.
 *
 * <p>Immutable and thread-safe.
 */
public enum NliLabel {
    /** The premise makes the hypothesis true. */
    ENTAILMENT(0),
    /** The premise leaves the hypothesis open. */
    NEUTRAL(1),
    /** The premise makes the hypothesis false. */
    CONTRADICTION(2);

    private final int index;

    NliLabel(int index) {
        this.index = index;
    }

    /** The class index, in [0, 3), which is also the ordinal. */
    public int index() {
        return index;
    }

    /**
     * The label with a class index.
     *
     * @param index in [0, 3)
     * @throws IllegalArgumentException if there is no such class
     */
    public static NliLabel ofIndex(int index) {
        return switch (index) {
            case 0 -> ENTAILMENT;
            case 1 -> NEUTRAL;
            case 2 -> CONTRADICTION;
            default -> throw new IllegalArgumentException("class index must be 0, 1 or 2, but is " + index);
        };
    }

    /**
     * The label that the MultiNLI files spell {@code entailment}, {@code neutral} or {@code contradiction}.
     *
     * @param name the label's name, in any case
     * @throws IllegalArgumentException if there is no such label
     */
    public static NliLabel parse(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "entailment" -> ENTAILMENT;
            case "neutral" -> NEUTRAL;
            case "contradiction" -> CONTRADICTION;
            default ->
                throw new IllegalArgumentException(
                        "unknown label '" + name + "'; expected entailment, neutral or contradiction");
        };
    }
}
