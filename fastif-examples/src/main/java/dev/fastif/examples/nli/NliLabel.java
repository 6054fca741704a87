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
     * The label of a class index.
     *
     * @throws IllegalArgumentException if the index is not 0, 1 or 2
     */
    public static NliLabel of(int index) {
        for (NliLabel label : values()) {
            if (label.index == index) {
                return label;
            }
        }
        throw new IllegalArgumentException("no label has index " + index + "; expected 0, 1 or 2");
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
