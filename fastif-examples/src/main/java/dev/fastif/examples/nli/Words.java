package dev.fastif.examples.nli;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** The words drawn for one pair, so that premise and hypothesis speak of the same things. Confined to one thread. */
final class Words {
    private static final int MAX_DRAWS = 1_000;

    private record Chosen(Vocabulary.Table table, List<String> row) {}

    private final Random random;
    private final Map<String, Chosen> rows = new HashMap<>();

    Words(Random random) {
        this.random = random;
    }

    /** The variable's row, drawn at its first use; it differs in the first cell from the table's other rows in use. */
    List<String> row(String variable, Vocabulary.Table table) {
        Chosen chosen = rows.get(variable);
        if (chosen == null) {
            chosen = new Chosen(table, draw(table));
            rows.put(variable, chosen);
        }
        return chosen.row();
    }

    /** One of the options, all equally likely. */
    <T> T pick(List<T> options) {
        return options.get(random.nextInt(options.size()));
    }

    private List<String> draw(Vocabulary.Table table) {
        for (int i = 0; i < MAX_DRAWS; i++) {
            List<String> row = pick(table.rows());
            if (isFree(table, row.get(0))) {
                return row;
            }
        }
        throw new IllegalStateException("table " + table.name() + " is too small for the templates; add rows to it");
    }

    private boolean isFree(Vocabulary.Table table, String key) {
        for (Chosen chosen : rows.values()) {
            if (chosen.table().name().equals(table.name())
                    && chosen.row().get(0).equals(key)) {
                return false;
            }
        }
        return true;
    }
}
