package dev.fastif.examples.nli;

import java.io.FilterReader;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.apache.commons.csv.DuplicateHeaderMode;
import org.jspecify.annotations.Nullable;

/**
 * Comma separated rows below a header, quoted where need be, so that a row may have several lines. A row behind which the
 * reading cannot go on, such as one with a quote that is never closed, is the last.
 */
final class CsvRows implements Rows {
    private static final CSVFormat FORMAT = CSVFormat.RFC4180
            .builder()
            .setHeader()
            .setSkipHeaderRecord(true)
            .setDuplicateHeaderMode(DuplicateHeaderMode.DISALLOW)
            .get();

    private static final int BYTE_ORDER_MARK = 0xFEFF;

    private final Limited reader;
    private final CSVParser parser;
    private final Iterator<CSVRecord> records;
    private @Nullable CSVRecord row;
    private long line = 1;
    private boolean broken;

    private CsvRows(Limited reader, CSVParser parser) {
        this.reader = reader;
        this.parser = parser;
        this.records = parser.iterator();
    }

    /** Opens a file whose header must name these fields. */
    static CsvRows open(Path file, List<String> fields) throws IOException {
        Limited reader = new Limited(Files.newBufferedReader(file));
        try {
            reader.skipMark();
            CSVParser parser =
                    CSVParser.builder().setReader(reader).setFormat(FORMAT).get();
            for (String field : fields) {
                if (!parser.getHeaderNames().contains(field)) {
                    throw new RowException(
                            RowProblem.Kind.MALFORMED,
                            "the header has no column " + field + "; it names " + parser.getHeaderNames());
                }
            }
            return new CsvRows(reader, parser);
        } catch (CharacterCodingException e) {
            reader.close();
            throw notUtf8(e);
        } catch (IllegalArgumentException e) {
            reader.close();
            throw new RowException(RowProblem.Kind.MALFORMED, "the header cannot be used: " + e.getMessage(), e);
        } catch (IOException | RuntimeException e) {
            reader.close();
            throw e;
        }
    }

    @Override
    public boolean advance() {
        row = null;
        reader.restart();
        line = parser.getCurrentLineNumber() + 1;
        try {
            if (broken || !records.hasNext()) {
                line--;
                return false;
            }
            row = records.next();
        } catch (UncheckedIOException e) {
            broken = true;
            Throwable cause = e.getCause();
            throw cause instanceof CharacterCodingException
                    ? notUtf8(e)
                    : new RowException(
                            cause instanceof TooLong ? RowProblem.Kind.TOO_LONG : RowProblem.Kind.MALFORMED,
                            String.valueOf(cause == null ? e.getMessage() : cause.getMessage())
                                    + "; is a closing quote missing? Nothing behind this row was read",
                            e);
        }
        if (!row.isConsistent()) {
            throw new RowException(
                    RowProblem.Kind.MALFORMED,
                    "found " + row.size() + " cells where the header names "
                            + parser.getHeaderNames().size());
        }
        row.forEach(RowException::requireText);
        return true;
    }

    /** Whether the reading ended before the file did. */
    boolean isBroken() {
        return broken;
    }

    private static RowException notUtf8(Exception cause) {
        return new RowException(
                RowProblem.Kind.ENCODING,
                "there are bytes near here that are not UTF-8; convert the file to UTF-8. Nothing behind them was read",
                cause);
    }

    @Override
    public long line() {
        return line;
    }

    @Override
    public String field(String name) {
        if (row == null) {
            throw new IllegalStateException("there is no row: advance() was not called, or returned false");
        }
        return row.get(name);
    }

    @Override
    public void close() throws IOException {
        parser.close();
    }

    private static final class TooLong extends IOException {
        private static final long serialVersionUID = 1L;

        TooLong() {
            super(String.format(Locale.ROOT, "the row has more than the %,d characters of any example", LONGEST));
        }
    }

    /** Refuses to read more than a row may have before it is restarted. */
    private static final class Limited extends FilterReader {
        private long read;

        Limited(Reader in) {
            super(in);
        }

        /** Passes over the byte order mark that programs for tables begin a file with. */
        void skipMark() throws IOException {
            mark(1);
            if (read() != BYTE_ORDER_MARK) {
                reset();
            }
        }

        void restart() {
            read = 0;
        }

        @Override
        public int read() throws IOException {
            count(1);
            return super.read();
        }

        @Override
        public int read(char[] target, int offset, int length) throws IOException {
            int n = super.read(target, offset, length);
            count(n);
            return n;
        }

        private void count(int n) throws IOException {
            read += n;
            if (read > LONGEST) {
                throw new TooLong();
            }
        }
    }
}
