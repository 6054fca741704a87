package dev.fastif.knn.faiss;

import dev.fastif.core.internal.Check;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A FAISS factory string whose numbers FAISS can live with. It takes some that make it crash, loop or allocate without
 * end ({@code HNSW1}, {@code IVF999999999}); what it refuses itself is left to it.
 */
record Factory(String text) {
    private static final int MOST_LINKS = 512;
    private static final Pattern NUMBER = Pattern.compile("([A-Za-z]*)(\\d+)");
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_,x()\\[\\]+*.-]{1,200}");

    Factory {
        Check.argument(
                PLAIN.matcher(text).matches(),
                "factory is '%s': it must be a FAISS factory string such as Flat, IVF1024,Flat or HNSW32,Flat",
                text.length() > 200 ? text.substring(0, 200) + "..." : text);
        Matcher matcher = NUMBER.matcher(text);
        while (matcher.find()) {
            String digits = matcher.group(2);
            Check.argument(
                    digits.length() <= 9 && Integer.parseInt(digits) >= 1,
                    "factory is '%s': its number %s must be 1 to 999999999",
                    text,
                    digits);
            boolean links = matcher.group(1).endsWith("HNSW");
            Check.argument(
                    !links || (Integer.parseInt(digits) >= 2 && Integer.parseInt(digits) <= MOST_LINKS),
                    "factory is '%s': HNSW takes 2 to %d links",
                    text,
                    MOST_LINKS);
        }
    }

    /** Throws unless n examples can fill its lists. */
    void checkLists(int n) {
        Matcher matcher = Pattern.compile("(?:IVF|IMI|NSG|HNSW\\d+_|NSG\\d+_)(\\d+)([kKM]?)")
                .matcher(text);
        while (matcher.find()) {
            long lists = Long.parseLong(matcher.group(1))
                    * switch (matcher.group(2)) {
                        case "k", "K" -> 1L << 10;
                        case "M" -> 1L << 20;
                        default -> 1L;
                    };
            Check.argument(
                    lists <= n,
                    "factory is '%s': %d lists need at least as many examples, there are %d; take fewer lists",
                    text,
                    lists,
                    n);
        }
    }

    @Override
    public String toString() {
        return text;
    }
}
