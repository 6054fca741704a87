package dev.fastif.examples.nli;

import org.jspecify.annotations.Nullable;

/** A row that gives no example; whoever reads the file knows the line. */
final class RowException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final RowProblem.Kind kind;

    RowException(RowProblem.Kind kind, String reason) {
        this(kind, reason, null);
    }

    RowException(RowProblem.Kind kind, String reason, @Nullable Throwable cause) {
        super(reason, cause);
        this.kind = kind;
    }

    /** Returns the text if it has no NUL, which no text has: the file was damaged, or is in another encoding. */
    static String requireText(String text) {
        int nul = text.indexOf('\0');
        if (nul >= 0) {
            throw new RowException(
                    RowProblem.Kind.ENCODING,
                    "there is a NUL where text should be, after " + nul
                            + " characters: the file is damaged, or in UTF-16; fetch it again, or convert it to UTF-8");
        }
        return text;
    }

    RowProblem at(long line) {
        return new RowProblem(line, kind, String.valueOf(getMessage()));
    }
}
