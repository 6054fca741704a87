package dev.fastif.examples.nli;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was found in a file: its examples, and what became of the other rows. Immutable and thread-safe.
 *
 * @param <T> what a row is read as
 * @param file the file
 * @param examples in the order of the file
 * @param problems rows that gave no example
 * @param lines how many lines the file has
 */
public record Scan<T>(Path file, List<T> examples, RowProblems problems, long lines) {
    private static final Logger LOG = LoggerFactory.getLogger(Scan.class);

    /** Copies the list. */
    public Scan {
        examples = List.copyOf(examples);
    }

    /**
     * The examples of a file in order: rows that published files are known to have (without agreement or text, or with a
     * repeated id) were skipped, which is logged; there are no others.
     *
     * @throws NliFormatException at the first row that speaks of a damaged file, or if there is no example
     */
    public List<T> orThrow() {
        problems.firstError().ifPresent(problem -> {
            int more = problems.errors() - 1;
            String others = more == 0
                    ? ""
                    : String.format(Locale.ROOT, " (and %,d more such rows; 'fastif data' lists them)", more);
            throw new NliFormatException(file.toString(), problem.line(), problem.reason() + others);
        });
        if (examples.isEmpty()) {
            throw new NliFormatException(
                    file.toString(),
                    lines + 1,
                    "the file ends without a single labelled example; skipped: " + problems);
        }
        if (problems.total() > problems.counts().getOrDefault(RowProblem.Kind.NO_AGREEMENT, 0)) {
            LOG.warn(
                    "{}: skipped rows: {}; the first in line {}",
                    file,
                    problems,
                    problems.first().get(0).line());
        }
        return examples;
    }
}
