package dev.fastif.examples.nli;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Which shallow heuristic a pair tempts a model to use, and in which construction: one of the thirty subcases of HANS
 * (McCoy, Pavlick and Linzen, 2019, "Right for the Wrong Reasons", tables 5 to 7).
 *
 * <p>A subcase's name begins with the heuristic's letter and with {@code e} or {@code n}: whether the heuristic's answer,
 * entailment, is the right one. Immutable and thread-safe.
 *
 * @param heuristic the heuristic
 * @param subcase the construction, as in the {@code subcase} column of the HANS files, such as {@code ln_passive}
 * @param template the sentence pattern, as in the {@code template} column; empty if it is not known
 */
public record HansTag(Heuristic heuristic, String subcase, String template) {
    private static final Pattern SUBCASE = Pattern.compile("[lsc][en]_\\S+");

    /** The three heuristics: each takes the hypothesis for entailed as soon as the words are found in the premise. */
    public enum Heuristic {
        /** All words of the hypothesis occur in the premise. */
        LEXICAL_OVERLAP,
        /** The hypothesis is a contiguous run of the premise's words. */
        SUBSEQUENCE,
        /** The hypothesis is a complete subtree, a clause, of the premise. */
        CONSTITUENT;

        /** The name in the {@code heuristic} column of the HANS files. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        private static Heuristic of(String subcase) {
            return switch (subcase.charAt(0)) {
                case 'l' -> LEXICAL_OVERLAP;
                case 's' -> SUBSEQUENCE;
                default -> CONSTITUENT;
            };
        }
    }

    /**
     * Checks the name.
     *
     * @throws IllegalArgumentException if the name is not that of a subcase of the heuristic
     */
    public HansTag {
        requireSubcase(subcase);
        if (heuristic != Heuristic.of(subcase)) {
            throw new IllegalArgumentException("subcase '" + subcase + "' belongs to the heuristic "
                    + Heuristic.of(subcase) + ", not to " + heuristic);
        }
    }

    /**
     * The tag of a subcase; its heuristic follows from the first letter.
     *
     * @param subcase a name such as {@code ce_adverb}
     * @throws IllegalArgumentException if the name does not begin with l, s or c, then e or n, then an underscore
     */
    public static HansTag of(String subcase) {
        return of(subcase, "");
    }

    /**
     * The tag of a subcase and a template; the heuristic follows from the subcase's first letter.
     *
     * @throws IllegalArgumentException if the name does not begin with l, s or c, then e or n, then an underscore
     */
    public static HansTag of(String subcase, String template) {
        requireSubcase(subcase);
        return new HansTag(Heuristic.of(subcase), subcase, template);
    }

    /** Whether the hypotheses of this subcase follow from their premises, so that the heuristic happens to be right. */
    public boolean entailed() {
        return subcase.charAt(1) == 'e';
    }

    private static void requireSubcase(String subcase) {
        if (!SUBCASE.matcher(subcase).matches()) {
            throw new IllegalArgumentException(
                    "subcase '" + subcase
                            + "' is not a HANS subcase; expected l, s or c, then e or n, then '_' and a name, as in ln_passive");
        }
    }
}
