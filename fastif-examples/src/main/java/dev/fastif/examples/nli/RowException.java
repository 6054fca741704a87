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

    RowProblem at(long line) {
        return new RowProblem(line, kind, String.valueOf(getMessage()));
    }
}
