package dev.fastif.examples.nli;

/**
 * Why a row of a file gave no example. Immutable and thread-safe.
 *
 * @param line the number of the line that the row begins at, from 1
 * @param kind what is the matter
 * @param reason what is wrong there, and what would be right
 */
public record RowProblem(long line, Kind kind, String reason) {
    /** What can be the matter with a row. */
    public enum Kind {
        /** The row has not the cells, or the object not the fields, that the format asks for. */
        MALFORMED(true, "malformed"),
        /** The label is none of the format's, or contradicts another field. */
        LABEL(true, "with a wrong label"),
        /** The bytes are not UTF-8. */
        ENCODING(true, "not in UTF-8"),
        /** The row is far longer than any example: a line break or a closing quote is missing. */
        TOO_LONG(true, "too long"),
        /** An earlier row has the same id; that one is kept. */
        DUPLICATE(false, "with the id of an earlier one"),
        /** A text is empty. */
        EMPTY(false, "without text"),
        /** The annotators did not agree on a label. */
        NO_AGREEMENT(false, "without agreement on a label");

        private final boolean error;
        private final String description;

        Kind(boolean error, String description) {
            this.error = error;
            this.description = description;
        }

        /** Whether published files are free of it, so that it speaks of a damaged file or of another format. */
        public boolean isError() {
            return error;
        }

        /** What to say of such rows: "3 rows " and this. */
        public String description() {
            return description;
        }
    }
}
