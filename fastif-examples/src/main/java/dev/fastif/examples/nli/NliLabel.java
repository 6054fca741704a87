package dev.fastif.examples.nli;

import java.util.Locale;

/**
 * What a premise says about a hypothesis. {@link LabelScheme} says which of them a classifier tells apart, and by which
 * class index. Immutable and thread-safe.
 */
public enum NliLabel {
    /** The premise makes the hypothesis true. */
    ENTAILMENT,
    /** The premise leaves the hypothesis open. */
    NEUTRAL,
    /** The premise makes the hypothesis false. */
    CONTRADICTION,
    /** The premise does not make the hypothesis true: neutral or contradiction, it is not known which. */
    NON_ENTAILMENT;

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

    /** The name in lower case, such as {@code non-entailment}. */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
