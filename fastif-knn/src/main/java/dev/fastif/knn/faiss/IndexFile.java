package dev.fastif.knn.faiss;

import dev.fastif.core.DamagedFileException;
import dev.fastif.core.internal.store.ForeignFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The description of an index in its file, around what FAISS writes. FAISS believes whatever it reads, so nothing is handed to it
 * before all of the file agrees with its checksums, and the structure is one that FAISS can read ({@link IndexStructure}).
 */
record IndexFile(int size, int dimension, int efSearch, String factory) {
    static final int MOST_EFFORT = 1 << 24;
    private static final String KIND = "index";
    private static final String REMEDY = "Build and save the index again.";
    private static final Pattern DESCRIPTION =
            Pattern.compile("(\\d{1,10}) vectors of (\\d{1,10}) numbers, efSearch (\\d{1,10}), (.*)");

    /** What was read: the description, and where FAISS's part is. */
    record Opened(IndexFile description, long offset, long length) {}

    /** Replaces the file in one step: it holds the old index or the new one. */
    void write(Path file, ForeignFile.Body body) throws IOException {
        new ForeignFile(file, KIND, REMEDY).write(description(), body);
    }

    private String description() {
        return size + " vectors of " + dimension + " numbers, efSearch " + efSearch + ", " + factory;
    }

    /**
     * Reads and checks a file, all of it.
     *
     * @throws DamagedFileException that says what is wrong with it
     */
    static Opened read(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new NoSuchFileException(file.toString());
        }
        ForeignFile.Found found = new ForeignFile(file, KIND, REMEDY).read();
        try {
            IndexFile description = parse(found.description());
            IndexStructure.check(file, found, description.dimension, description.size);
            return new Opened(description, found.offset(), found.length());
        } catch (IOException e) {
            throw new DamagedFileException(file, "is none that FAISS can read: " + e.getMessage(), REMEDY);
        }
    }

    private static IndexFile parse(String description) throws IOException {
        Matcher matcher = DESCRIPTION.matcher(description);
        IndexBytes.require(matcher.matches(), "it is said to hold %s", description);
        try {
            IndexFile parsed = new IndexFile(
                    Integer.parseInt(matcher.group(1)),
                    Integer.parseInt(matcher.group(2)),
                    Integer.parseInt(matcher.group(3)),
                    new Factory(matcher.group(4)).text());
            IndexBytes.require(
                    parsed.size > 0 && parsed.dimension > 0 && parsed.efSearch > 0 && parsed.efSearch <= MOST_EFFORT,
                    "it is said to hold %s",
                    description);
            return parsed;
        } catch (IllegalArgumentException e) {
            throw new IOException("it is said to hold " + description + " (" + e.getMessage() + ")", e);
        }
    }
}
