package dev.fastif.examples.nli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Tab separated rows below a header that names the columns. There is no quoting: a quote is a quote. Cells at the end of a
 * line may be left out if they are empty.
 */
final class TabSeparatedRows extends LineRows {
    private final List<String> names;
    private String[] cells = {};

    private TabSeparatedRows(Utf8Lines lines, List<String> names) {
        super(lines);
        this.names = names;
    }

    /** Opens a file whose header must name these fields. */
    static Rows open(Path file, List<String> fields) throws IOException {
        Utf8Lines lines = new Utf8Lines(file);
        try {
            String header = lines.next();
            if (header == null || header.isBlank()) {
                throw new RowException(
                        RowProblem.Kind.MALFORMED,
                        "there is no header; expected tab separated names, among them " + fields);
            }
            List<String> names = Arrays.asList(cells(header));
            Set<String> different = new HashSet<>();
            for (String name : names) {
                if (!name.isBlank() && !different.add(name)) {
                    throw new RowException(
                            RowProblem.Kind.MALFORMED, "the header names the column " + name + " twice: " + names);
                }
            }
            for (String field : fields) {
                if (!names.contains(field)) {
                    throw new RowException(
                            RowProblem.Kind.MALFORMED, "the header has no column " + field + "; it names " + names);
                }
            }
            return new TabSeparatedRows(lines, names);
        } catch (IOException | RuntimeException e) {
            lines.close();
            throw e;
        }
    }

    @Override
    boolean isPassedOver(String text) {
        return text.isBlank() && text.indexOf('\t') < 0;
    }

    @Override
    void read(String text) {
        cells = cells(text);
        if (cells.length > names.size()) {
            // a stray tab has shifted everything behind it
            throw new RowException(
                    RowProblem.Kind.MALFORMED,
                    "found " + cells.length + " tab separated cells where the header names " + names.size()
                            + "; remove the stray tab");
        }
    }

    @Override
    public String field(String name) {
        int column = names.indexOf(name);
        if (column >= cells.length) {
            throw new RowException(
                    RowProblem.Kind.MALFORMED,
                    "found " + cells.length + " tab separated cells, but " + name + " is number " + (column + 1)
                            + "; the line is cut off or a tab is missing");
        }
        return cells[column];
    }

    @Override
    public boolean endsTheFile(String name) {
        return lines.isUnfinished() && names.indexOf(name) == cells.length - 1;
    }

    private static String[] cells(String text) {
        String[] cells = text.split("\t", -1);
        int length = cells.length;
        while (length > 1 && cells[length - 1].isBlank()) {
            length--;
        }
        return Arrays.copyOf(cells, length);
    }
}
