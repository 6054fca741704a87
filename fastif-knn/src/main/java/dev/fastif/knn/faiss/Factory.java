package dev.fastif.knn.faiss;

import dev.fastif.core.internal.Check;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A FAISS factory string of a kind that is safe to build and whose distances are squared L2, or estimate them. FAISS
 * takes more: strings that end the process ({@code Residual4x4,PQ4}, {@code HNSW1}) or take all memory
 * ({@code IVF999999999,Flat}), and kinds that compare something else ({@code LSH}, {@code L2norm}). What is merely
 * impossible, such as {@code PQ7} of 16 numbers, is left for FAISS to refuse.
 */
record Factory(String text) {
    private static final String CODE = "(?:Flat|SQ(?:4|6|8|fp16)|PQ\\d+(?:x(?<bits>\\d+))?(?:fs|np)?)";
    private static final Pattern KINDS = Pattern.compile("(?:(?:PCAR?\\d+|RR\\d+|OPQ\\d+(?:_\\d+)?),)*"
            + "(?:(?:IVF(?<lists>\\d+)(?:_HNSW(?<quantizerLinks>\\d+))?,)?" + CODE
            + "|HNSW(?<links>\\d+)(?:,Flat|,SQ(?:4|6|8|fp16)|,PQ\\d+)?)"
            + "(?:,RFlat|,Refine\\((?:Flat|SQ(?:4|6|8|fp16))\\))?");
    private static final Pattern NUMBER = Pattern.compile("\\d+");
    private static final int MOST_LINKS = 512;
    private static final int MOST_BITS = 12;

    Factory {
        String shown = text.length() > 80 ? text.substring(0, 80) + "..." : text;
        Matcher matcher = KINDS.matcher(shown);
        Check.argument(
                matcher.matches(),
                "factory is '%s': it must be one of FAISS's factory strings of the kinds Flat, SQ8, PQ16, IVF1024,Flat,"
                        + " IVF1024,PQ16 or HNSW32,Flat, after PCA, RR or OPQ if need be",
                shown);
        NUMBER.matcher(text).results().forEach(number -> range(text, "a number", 1, 999_999_999, number.group()));
        range(text, "links of HNSW", 2, MOST_LINKS, matcher.group("links"));
        range(text, "links of HNSW", 2, MOST_LINKS, matcher.group("quantizerLinks"));
        range(text, "bits of PQ", 1, MOST_BITS, matcher.group("bits"));
    }

    private static void range(String text, String what, int least, int most, @Nullable String digits) {
        Check.argument(
                digits == null
                        || (digits.length() <= 9
                                && Integer.parseInt(digits) >= least
                                && Integer.parseInt(digits) <= most),
                "factory is '%s': %s must be %d to %d, not %s",
                text,
                what,
                least,
                most,
                digits);
    }

    /** Throws unless n examples can fill its lists. */
    void checkLists(int n) {
        Matcher matcher = KINDS.matcher(text);
        String lists = matcher.matches() ? matcher.group("lists") : null;
        Check.argument(
                lists == null || Integer.parseInt(lists) <= n,
                "factory is '%s': its lists need at least as many examples, there are %d; take fewer lists",
                text,
                n);
    }

    @Override
    public String toString() {
        return text;
    }
}
