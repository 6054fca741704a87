package dev.fastif.examples.nli;

import java.nio.file.Path;
import java.util.List;

/** Reads files of premises and hypotheses in UTF-8, with LF or CR LF. Stateless and thread-safe. */
public final class PairReader {
    private PairReader() {}

    /**
     * The labelled pairs of a file, in its order; see {@link Scan#orThrow} for rows that give none.
     *
     * @throws NliFormatException at the first row that speaks of a damaged file, or if there is no labelled pair
     * @throws java.io.UncheckedIOException if the file is not there or cannot be read
     */
    public static List<NliPair> read(NliFormat format, Path file) {
        return scan(format, file).orThrow();
    }

    /**
     * The labelled pairs of a file and what became of its other rows.
     *
     * @throws java.io.UncheckedIOException if the file is not there or cannot be read
     */
    public static Scan<NliPair> scan(NliFormat format, Path file) {
        Rows.Opener opener = file.toString().endsWith(".jsonl")
                ? JsonRows::open
                : path -> TabSeparatedRows.open(path, format.fields());
        return Rows.scan(file, format.expected, opener, format::pair, NliPair::id);
    }
}
