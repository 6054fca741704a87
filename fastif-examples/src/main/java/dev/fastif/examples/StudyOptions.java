package dev.fastif.examples;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What every experiment can be told. */
final class StudyOptions {
    @Option(
            names = "--results",
            paramLabel = "DIR",
            description = "Folder of the results, a .jsonl file and an .html page for each experiment; a run that was"
                    + " interrupted goes on where it was (default: results in the --work folder).")
    private @Nullable Path results;

    @Option(names = "--restart", description = "Discard earlier results of this experiment.")
    private boolean restart;

    @Option(
            names = "--full",
            description =
                    "The published size, where no other is given. The default size fits two cores and half an hour.")
    private boolean full;

    boolean full() {
        return full;
    }

    /** The value that was given, or else the published or the small one. */
    <T> T pick(@Nullable T given, T small, T published) {
        return given == null ? full ? published : small : given;
    }

    /** The file of results of an experiment, less earlier ones that are to be discarded. */
    Path file(String experiment, Path work) {
        Path file = (results == null ? work.resolve("results") : results).resolve(experiment + ".jsonl");
        if (restart) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                throw new UncheckedIOException("Could not discard " + file + " (" + e.getMessage() + ")", e);
            }
        }
        return file;
    }
}
