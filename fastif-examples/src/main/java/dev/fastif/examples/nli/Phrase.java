package dev.fastif.examples.nli;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A sentence with gaps: {@code {table.column}} takes a word, {@code [a|b|]} is a choice, {@code a(n)} becomes a or an.
 * Immutable.
 */
final class Phrase {
    private static final Pattern PART = Pattern.compile("\\[(?<choice>[^\\]]*)\\]|\\{(?<slot>[^}]*)\\}");
    private static final Pattern SLOT = Pattern.compile("(?<variable>(?<table>[a-z_]+)\\d?)(?:\\.(?<column>[a-z_]+))?");
    private static final Pattern ARTICLE = Pattern.compile("\\(n\\) (?<vowel>[aeiouAEIOU])?");

    private final List<Part> parts;

    private Phrase(List<Part> parts) {
        this.parts = parts;
    }

    /** Parses a line; an error names the table, the column or the bracket that does not fit. */
    static Phrase of(TextResource.Line line, String text, Vocabulary vocabulary) {
        Matcher matcher = PART.matcher(text);
        List<Part> parts = new ArrayList<>();
        int end = 0;
        while (matcher.find()) {
            parts.add(new Text(plain(line, text.substring(end, matcher.start()))));
            String choice = matcher.group("choice");
            parts.add(
                    choice == null ? slot(line, matcher.group("slot"), vocabulary) : choice(line, choice, vocabulary));
            end = matcher.end();
        }
        parts.add(new Text(plain(line, text.substring(end))));
        return new Phrase(List.copyOf(parts));
    }

    /** The sentence with the given words in it: capitalised, with the right articles. */
    String with(Words words) {
        StringBuilder text = new StringBuilder();
        append(text, words);
        String sentence =
                ARTICLE.matcher(text).replaceAll(match -> match.group(1) == null ? " " : "n " + match.group(1));
        return Character.toUpperCase(sentence.charAt(0)) + sentence.substring(1);
    }

    private void append(StringBuilder text, Words words) {
        for (Part part : parts) {
            part.append(text, words);
        }
    }

    private static String plain(TextResource.Line line, String text) {
        if (text.matches(".*[\\[\\]{}|].*")) {
            throw line.error("a bracket, brace or bar without its counterpart in '" + text + "'; choices do not nest");
        }
        return text;
    }

    private static Choice choice(TextResource.Line line, String text, Vocabulary vocabulary) {
        List<Phrase> options = new ArrayList<>();
        for (String option : text.split("\\|", -1)) {
            options.add(of(line, option, vocabulary));
        }
        return new Choice(List.copyOf(options));
    }

    private static Slot slot(TextResource.Line line, String text, Vocabulary vocabulary) {
        Matcher matcher = SLOT.matcher(text);
        if (!matcher.matches()) {
            throw line.error("'{" + text + "}' is not {table}, {table.column}, {table1} or {table1.column}");
        }
        Vocabulary.Table table = vocabulary.table(matcher.group("table"));
        if (table == null) {
            throw line.error("there is no table for {" + text + "}");
        }
        String column = matcher.group("column");
        int index = column == null ? 0 : table.columns().indexOf(column);
        if (index < 0) {
            throw line.error("no column for {" + text + "}; the table has " + table.columns());
        }
        return new Slot(matcher.group("variable"), table, index);
    }

    private sealed interface Part {
        void append(StringBuilder text, Words words);
    }

    private record Text(String words) implements Part {
        @Override
        public void append(StringBuilder text, Words chosen) {
            text.append(words);
        }
    }

    private record Slot(String variable, Vocabulary.Table table, int column) implements Part {
        @Override
        public void append(StringBuilder text, Words words) {
            text.append(words.row(variable, table).get(column));
        }
    }

    private record Choice(List<Phrase> options) implements Part {
        @Override
        public void append(StringBuilder text, Words words) {
            words.pick(options).append(text, words);
        }
    }
}
