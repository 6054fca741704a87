package dev.fastif.examples.report;

import dev.fastif.core.internal.Check;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A table for the terminal and for a page. Immutable and thread-safe.
 *
 * @param title what it shows
 * @param columns names of the columns
 * @param rows as many cells each as there are columns
 */
public record Table(String title, List<String> columns, List<List<String>> rows) {
    /** Copies the lists. */
    public Table {
        columns = List.copyOf(columns);
        rows = rows.stream().map(List::copyOf).toList();
        for (List<String> row : rows) {
            Check.argument(
                    row.size() == columns.size(),
                    "the row %s has %s cells where there are the columns %s",
                    row,
                    row.size(),
                    columns);
        }
    }

    /** A table that is filled row by row. Not thread-safe. */
    public static final class Builder {
        private final String title;
        private final List<String> columns;
        private final List<List<String>> rows = new ArrayList<>();

        /** Begins a table. */
        public Builder(String title, String... columns) {
            this.title = title;
            this.columns = List.of(columns);
        }

        /** Adds a row. Numbers with a fraction are shown with four significant digits; NaN is a dash. */
        public Builder row(Object... cells) {
            List<String> row = new ArrayList<>();
            for (Object cell : cells) {
                row.add(text(cell));
            }
            rows.add(row);
            return this;
        }

        /** The table. */
        public Table build() {
            return new Table(title, columns, rows);
        }

        private static String text(Object cell) {
            if (cell instanceof Double value) {
                return value.isNaN() ? "-" : String.format(Locale.ROOT, "%.4g", value);
            }
            return cell instanceof Integer value ? String.format(Locale.ROOT, "%,d", value) : cell.toString();
        }
    }

    /** The table in columns of equal width, the first to the left and the others to the right. */
    public String text() {
        int[] widths = new int[columns.size()];
        List<List<String>> all = new ArrayList<>(List.of(columns));
        all.addAll(rows);
        for (List<String> row : all) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        StringBuilder text = new StringBuilder(title).append(System.lineSeparator());
        for (List<String> row : all) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                line.append(String.format(Locale.ROOT, "  %" + (i == 0 ? "-" : "") + widths[i] + "s", row.get(i)));
            }
            text.append(line.toString().stripTrailing()).append(System.lineSeparator());
        }
        return text.toString();
    }

    String html() {
        StringBuilder html = new StringBuilder("<table><caption>" + Html.text(title) + "</caption><thead><tr>");
        columns.forEach(column -> html.append("<th>").append(Html.text(column)).append("</th>"));
        html.append("</tr></thead>\n<tbody>\n");
        for (List<String> row : rows) {
            html.append("<tr>");
            row.forEach(cell -> html.append("<td>").append(Html.text(cell)).append("</td>"));
            html.append("</tr>\n");
        }
        return html.append("</tbody></table>\n").toString();
    }
}
