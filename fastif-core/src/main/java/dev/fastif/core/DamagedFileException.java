package dev.fastif.core;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/**
 * A file that fastif wrote does not hold what was written: it was cut, overwritten, or holds something else than was looked for.
 * Nothing was read from it. The message names the file, what is wrong with it, and the way out. Files that can be made again
 * without a loss are, in place of this exception.
 */
public final class DamagedFileException extends UncheckedIOException {
    private static final long serialVersionUID = 1L;

    private final String file;

    /**
     * A damaged file.
     *
     * @param file which one
     * @param damage what follows "it" in a sentence, such as "ends within its header"
     * @param remedy what to do, as a sentence
     */
    public DamagedFileException(Path file, String damage, String remedy) {
        this(file, file + " is damaged: it " + damage + ". " + remedy);
    }

    private DamagedFileException(Path file, String message) {
        super(message, new IOException(message));
        this.file = file.toString();
    }

    /** Which file it is. */
    public Path file() {
        return Path.of(file);
    }
}
