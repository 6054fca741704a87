package dev.fastif.examples.nli;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a file in UTF-8, ending in LF or CR LF. Unlike a buffered reader it knows which line is not UTF-8, goes on
 * behind it, and holds no more than {@link Rows#LONGEST} bytes of a line. Not thread-safe.
 */
final class Utf8Lines implements Closeable {
    private static final String BYTE_ORDER_MARK = "\uFEFF";
    private static final int REPLACEMENTS = 0xFE;

    private final InputStream bytes;
    private final ByteArrayOutputStream buffer = new ByteArrayOutputStream();
    private long line;
    private boolean unfinished;

    Utf8Lines(Path file) throws IOException {
        bytes = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
    }

    /** The number of the line that {@link #next} was last about, from 1; 0 before the first. */
    long line() {
        return line;
    }

    /** Whether the line that {@link #next} was last about is the file's last and has no end, so that it may be cut off. */
    boolean isUnfinished() {
        return unfinished;
    }

    /**
     * The next line without its end, or null behind the last one.
     *
     * @throws RowException if the line is too long, or no text in UTF-8
     */
    @Nullable
    String next() throws IOException {
        buffer.reset();
        int next = bytes.read();
        if (next < 0) {
            return null;
        }
        line++;
        long length = 0;
        while (next >= 0 && next != '\n') {
            if (length++ < Rows.LONGEST) {
                buffer.write(next);
            }
            next = bytes.read();
        }
        unfinished = next < 0;
        if (length > Rows.LONGEST) {
            throw new RowException(
                    RowProblem.Kind.TOO_LONG,
                    String.format(
                            Locale.ROOT,
                            "the line has %,d bytes, more than the %,d of any example; is a line break missing?",
                            length,
                            Rows.LONGEST));
        }
        String text = decoded();
        if (line == 1 && text.startsWith(BYTE_ORDER_MARK)) {
            text = text.substring(1);
        }
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }

    private String decoded() {
        byte[] content = buffer.toByteArray();
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(content))
                    .toString();
            return RowException.requireText(text);
        } catch (CharacterCodingException e) {
            boolean wide = line == 1 && content.length > 1 && (content[0] & content[1] & 0xFF) >= REPLACEMENTS;
            throw new RowException(
                    RowProblem.Kind.ENCODING,
                    (wide ? "the file is in UTF-16" : "there are bytes that are not UTF-8")
                            + "; convert the file to UTF-8",
                    e);
        }
    }

    @Override
    public void close() throws IOException {
        bytes.close();
    }
}
