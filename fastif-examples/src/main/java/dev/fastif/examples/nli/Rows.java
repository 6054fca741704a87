package dev.fastif.examples.nli;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** The rows of a file one after the other, whatever its format: the loop that all readers share. Not thread-safe. */
interface Rows extends Closeable {
    /** More characters than any example has: a longer row is a sign of a missing line break or closing quote. */
    int LONGEST = 1 << 20;

    /**
     * Goes to the next row.
     *
     * @return whether there is one
     * @throws RowException if there is one, but not in this format; the next call goes on behind it
     */
    boolean advance() throws IOException;

    /** The line at which the row begins, from 1; behind the last row the number of lines. */
    long line();

    /**
     * The text of a named field of the row.
     *
     * @throws RowException if the row has no such text
     */
    String field(String name);

    /**
     * Whether the file ends in this field of the row, without a line break or another mark that the field is complete.
     */
    default boolean endsTheFile(String name) {
        return false;
    }

    /**
     * The text of a named field of the row, of which a part would not be seen to be one.
     *
     * @throws RowException if the row has no such text, or the file ends in it
     */
    default String whole(String name) {
        if (endsTheFile(name)) {
            throw new RowException(
                    RowProblem.Kind.MALFORMED,
                    "the file ends in " + name + ", without a line break: it may be cut off. Fetch it again, or end"
                            + " the line if it is complete");
        }
        return field(name);
    }

    /** Opens a file. */
    @FunctionalInterface
    interface Opener {
        /** Reads a header, if the format has one. */
        Rows open(Path file) throws IOException;
    }

    /**
     * Reads a whole file; a row that cannot be read as an example is a problem with its line.
     *
     * @param expected what kind of file this should be, for the message
     * @param example reads the row that the file is at
     * @param id what no two examples share
     * @throws UncheckedIOException if the file is not there or cannot be read
     */
    static <T> Scan<T> scan(
            Path file, String expected, Opener opener, Function<Rows, T> example, Function<T, String> id) {
        if (!Files.isRegularFile(file)) {
            throw new UncheckedIOException(
                    "There is no file " + file + ". Expected " + expected + "; check the path, or use generated pairs",
                    new NoSuchFileException(file.toString()));
        }
        RowProblems.Collector problems = new RowProblems.Collector();
        try (Rows rows = opener.open(file)) {
            List<T> examples = new ArrayList<>();
            Set<String> ids = new HashSet<>();
            for (boolean more = true; more; ) {
                try {
                    more = rows.advance();
                    if (more) {
                        T read = example.apply(rows);
                        if (!ids.add(id.apply(read))) {
                            throw new RowException(
                                    RowProblem.Kind.DUPLICATE, "the id " + id.apply(read) + " was there before");
                        }
                        examples.add(read);
                    }
                } catch (RowException e) {
                    problems.add(e.at(rows.line()));
                }
            }
            return new Scan<>(file, examples, problems.done(), rows.line());
        } catch (RowException e) {
            problems.add(e.at(1));
            return new Scan<>(file, List.of(), problems.done(), 1);
        } catch (IOException e) {
            throw new UncheckedIOException("Could not read " + file + " (" + e.getMessage() + ")", e);
        }
    }
}
