package dev.fastif.examples.nli;

import java.io.IOException;

/** Rows that are a line each. */
abstract class LineRows implements Rows {
    final Utf8Lines lines;

    /** Reads the lines that follow, and closes them in the end. */
    LineRows(Utf8Lines lines) {
        this.lines = lines;
    }

    /**
     * Takes the next row from its line.
     *
     * @throws RowException if the line is none
     */
    abstract void read(String text);

    /** Whether a line is no row and is passed over. */
    boolean isPassedOver(String text) {
        return text.isBlank();
    }

    @Override
    public final boolean advance() throws IOException {
        for (String text = lines.next(); text != null; text = lines.next()) {
            if (!isPassedOver(text)) {
                read(text);
                return true;
            }
        }
        return false;
    }

    @Override
    public final long line() {
        return lines.line();
    }

    @Override
    public final void close() throws IOException {
        lines.close();
    }
}
