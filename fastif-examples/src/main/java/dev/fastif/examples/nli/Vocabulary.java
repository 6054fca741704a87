package dev.fastif.examples.nli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The words that fill the templates: named tables of rows that agree with each other. The file's head says how. */
final class Vocabulary {
    /** A table; the first column is the one in which two rows of one pair have to differ. */
    record Table(String name, List<String> columns, List<List<String>> rows) {}

    private final Map<String, Table> tables = new LinkedHashMap<>();

    private Vocabulary() {}

    /** Reads a vocabulary; an error names the file and the line. */
    static Vocabulary of(TextResource text) {
        Vocabulary vocabulary = new Vocabulary();
        Table table = null;
        for (TextResource.Line line : text.lines()) {
            table = vocabulary.read(line, table);
        }
        return vocabulary;
    }

    private Table read(TextResource.Line line, @Nullable Table current) {
        if (line.text().startsWith("table ")) {
            return begin(line);
        }
        List<String> row = split(line.text(), "\\|");
        if (current == null) {
            throw line.error("a row before the first table; begin one with 'table NAME: COLUMN, ...'");
        }
        if (row.size() != current.columns().size()) {
            throw line.error(row.size() + " cells in table " + current.name() + " with columns " + current.columns());
        }
        current.rows().add(row);
        return current;
    }

    private Table begin(TextResource.Line line) {
        List<String> parts = split(line.text().substring("table ".length()), ":");
        if (parts.size() != 2) {
            throw line.error("expected 'table NAME: COLUMN, ...'");
        }
        Table table = new Table(parts.get(0), split(parts.get(1), ","), new ArrayList<>());
        if (tables.put(table.name(), table) != null) {
            throw line.error("table " + table.name() + " is there twice");
        }
        return table;
    }

    /** The table of that name, or null. */
    @Nullable
    Table table(String name) {
        return tables.get(name);
    }

    private static List<String> split(String text, String separator) {
        List<String> parts = new ArrayList<>();
        for (String part : text.split(separator, -1)) {
            parts.add(part.strip());
        }
        return List.copyOf(parts);
    }
}
