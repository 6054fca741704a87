package dev.fastif.examples.nli;

import org.jspecify.annotations.Nullable;

/** A file is there and readable, but its content is not what its format asks for. The message says where and why. */
public final class NliFormatException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String file;
    private final long line;

    /**
     * An error at a line of a file.
     *
     * @param file the file's name
     * @param line the line's number, from 1
     * @param reason what is wrong there, and what would be right
     */
    public NliFormatException(String file, long line, String reason) {
        this(file, line, reason, null);
    }

    /**
     * An error at a line of a file, found by somebody else.
     *
     * @param file the file's name
     * @param line the line's number, from 1
     * @param reason what is wrong there, and what would be right
     * @param cause what was caught, or null
     */
    public NliFormatException(String file, long line, String reason, @Nullable Throwable cause) {
        super(file + ", line " + line + ": " + reason, cause);
        this.file = file;
        this.line = line;
    }

    /** The file's name, as given to whoever read it. */
    public String file() {
        return file;
    }

    /** The line's number, from 1. */
    public long line() {
        return line;
    }
}
