package dev.fastif.examples.nli;

import java.util.List;

/**
 * Makes labelled pairs from templates of our own, so that everything runs with no data at hand.
 *
 * <p>Two thirds are ordinary: entailment by paraphrase, by a broader word, by leaving out a detail or by counting;
 * contradiction by an opposite, a negation, a number or an attribute that excludes the other; and things the premise
 * leaves open. One third is HANS-like: the thirty subcases of McCoy, Pavlick and Linzen (2019), where words overlap and
 * say little. The templates and their words lie beside this class as text.
 *
 * <p>The same arguments give the same pairs. Repetitions are avoided, not ruled out: there are none among thousands of
 * pairs, and some among hundreds of thousands. Stateless and thread-safe.
 */
public final class PairGenerator {
    private PairGenerator() {}

    /**
     * A shuffled mixture, one third HANS-like with all subcases in equal parts, and all three labels in equal parts (up to
     * rounding). Contradiction is rare among the HANS-like pairs and the more frequent among the ordinary ones.
     *
     * @param n how many pairs
     * @param seed the same seed gives the same pairs
     * @throws IllegalArgumentException if {@code n} is negative
     */
    public static List<NliPair> generate(int n, long seed) {
        return new PairDraws(PairBooks.all(), seed).mixture(n, "generated-");
    }

    /**
     * HANS-like pairs of one subcase. Those that are not entailed are labelled neutral or contradiction, whichever is true.
     *
     * @param subcase one of {@link #subcases()}
     * @param n how many pairs
     * @param seed the same seed gives the same pairs
     * @throws IllegalArgumentException if {@code n} is negative or there is no such subcase
     */
    public static List<NliPair> hans(HansTag subcase, int n, long seed) {
        return hans(List.of(subcase), n, seed);
    }

    /**
     * HANS-like pairs of one heuristic, its ten subcases in turn, entailed and non-entailed alternating.
     *
     * @param heuristic what the pairs tempt a model to do
     * @param n how many pairs
     * @param seed the same seed gives the same pairs
     * @throws IllegalArgumentException if {@code n} is negative
     */
    public static List<NliPair> hans(HansTag.Heuristic heuristic, int n, long seed) {
        List<HansTag> subcases =
                subcases().stream().filter(tag -> tag.heuristic() == heuristic).toList();
        return hans(subcases, n, seed);
    }

    /** The thirty subcases, by heuristic, entailed and non-entailed alternating. */
    public static List<HansTag> subcases() {
        return PairBooks.all().subcases();
    }

    private static List<NliPair> hans(List<HansTag> subcases, int n, long seed) {
        return new PairDraws(PairBooks.all(), seed).hans(subcases, n, "hans-");
    }
}
