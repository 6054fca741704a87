package dev.fastif.examples.nli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads MultiNLI files: GLUE's {@code .tsv}, and the {@code .jsonl} and tab separated {@code .txt} of the original
 * release. SNLI's releases have the same fields and are read just as well.
 *
 * <p>Fields are found by name: {@code sentence1} (the premise), {@code sentence2} (the hypothesis), {@code gold_label}
 * and {@code pairID}. There is no quoting in the tab separated files; a quote is a quote. Pairs without agreement among
 * the annotators, whose label is {@code -}, are skipped, and so are pairs with an empty text. Stateless and thread-safe.
 */
public final class MnliReader {
    private static final Logger LOG = LoggerFactory.getLogger(MnliReader.class);

    private static final String PREMISE = "sentence1";
    private static final String HYPOTHESIS = "sentence2";
    private static final String LABEL = "gold_label";
    private static final String ID = "pairID";
    private static final List<String> FIELDS = List.of(PREMISE, HYPOTHESIS, LABEL, ID);
    private static final String NO_AGREEMENT = "-";
    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private MnliReader() {}

    /**
     * The labelled pairs of a file, in its order. The format follows from the extension: {@code .jsonl}, or tab separated
     * with a header line.
     *
     * @param file a MultiNLI file, in UTF-8
     * @throws NliFormatException if a line is malformed, a field is missing, a label unknown, or no labelled pair is there
     * @throws UncheckedIOException if the file is not there or cannot be read
     */
    public static List<NliPair> read(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new UncheckedIOException(
                    "There is no file " + file + ". Expected a MultiNLI file, such as GLUE's train.tsv or"
                            + " multinli_1.0_train.jsonl; check the path, or use generated pairs",
                    new NoSuchFileException(file.toString()));
        }
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            Reading reading = new Reading(file, lines);
            return file.toString().endsWith(".jsonl") ? reading.json() : reading.tabSeparated();
        } catch (IOException e) {
            throw new UncheckedIOException("Could not read " + file, e);
        }
    }

    /** One pass over one file: knows the line it is at, for the messages. */
    private static final class Reading {
        private static final ObjectReader JSON = new ObjectMapper().readerFor(JsonNode.class);

        private final Path file;
        private final BufferedReader lines;
        private final List<NliPair> pairs = new ArrayList<>();
        private long line;
        private int skipped;
        private int empty;

        Reading(Path file, BufferedReader lines) {
            this.file = file;
            this.lines = lines;
        }

        List<NliPair> json() throws IOException {
            for (String text = next(); text != null; text = next()) {
                if (!text.isBlank()) {
                    JsonNode node = parse(text);
                    add(field -> text(node, field));
                }
            }
            return done();
        }

        List<NliPair> tabSeparated() throws IOException {
            String header = next();
            if (header == null || header.isBlank()) {
                throw malformed("there is no header; expected tab separated names, among them " + FIELDS, null);
            }
            String[] names = cells(header);
            Map<String, Integer> columns = columns(names);
            for (String text = next(); text != null; text = next()) {
                if (!text.isBlank()) {
                    String[] cells = cells(text);
                    // The original release drops the empty label columns at the end of a line; a surplus cell, however,
                    // is a stray tab that has shifted everything behind it.
                    if (cells.length > names.length) {
                        throw malformed(
                                "found " + cells.length + " tab separated cells where the header names " + names.length
                                        + "; remove the stray tab",
                                null);
                    }
                    add(field -> cell(cells, field, columns));
                }
            }
            return done();
        }

        private @Nullable String next() throws IOException {
            line++;
            try {
                String text = lines.readLine();
                return line == 1 && text != null && text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
            } catch (CharacterCodingException e) {
                throw malformed("there are bytes near here that are not UTF-8; convert the file to UTF-8", e);
            }
        }

        private static String[] cells(String text) {
            String[] cells = text.split("\t", -1);
            int length = cells.length;
            while (length > 1 && cells[length - 1].isBlank()) {
                length--;
            }
            return Arrays.copyOf(cells, length);
        }

        private Map<String, Integer> columns(String[] names) {
            List<String> present = Arrays.asList(names);
            Map<String, Integer> columns = new LinkedHashMap<>();
            for (String field : FIELDS) {
                int column = present.indexOf(field);
                if (column < 0) {
                    throw malformed("the header has no column " + field + "; it names " + present, null);
                }
                columns.put(field, column);
            }
            return columns;
        }

        private String cell(String[] cells, String field, Map<String, Integer> columns) {
            int column = columns.getOrDefault(field, cells.length);
            if (column >= cells.length) {
                throw malformed(
                        "found " + cells.length + " tab separated cells, but " + field + " is number " + (column + 1)
                                + "; the line is cut off or a tab is missing",
                        null);
            }
            return cells[column];
        }

        private JsonNode parse(String text) {
            try {
                return JSON.readTree(text);
            } catch (JsonProcessingException e) {
                throw malformed("not a JSON object: " + e.getOriginalMessage(), e);
            }
        }

        private String text(JsonNode node, String field) {
            JsonNode value = node.get(field);
            if (value == null || !value.isTextual()) {
                throw malformed("the object has no text named " + field, null);
            }
            return value.textValue();
        }

        private void add(Fields fields) {
            String label = fields.get(LABEL).strip();
            if (label.equals(NO_AGREEMENT)) {
                skipped++;
                return;
            }
            String id = fields.get(ID).strip();
            String premise = fields.get(PREMISE).strip();
            String hypothesis = fields.get(HYPOTHESIS).strip();
            if (premise.isEmpty() || hypothesis.isEmpty()) {
                empty++;
                return;
            }
            pairs.add(new NliPair(id, premise, hypothesis, label(label), null));
        }

        private NliLabel label(String name) {
            try {
                return NliLabel.parse(name);
            } catch (IllegalArgumentException e) {
                throw malformed(e.getMessage() + ", or - to skip the pair", e);
            }
        }

        private List<NliPair> done() {
            if (pairs.isEmpty()) {
                throw malformed("the file ends without a single labelled pair", null);
            }
            LOG.debug("{}: {} pairs, {} without agreement skipped", file, pairs.size(), skipped);
            if (empty > 0) {
                LOG.warn("{}: {} pairs without premise or hypothesis skipped", file, empty);
            }
            return List.copyOf(pairs);
        }

        private NliFormatException malformed(String reason, @Nullable Throwable cause) {
            return new NliFormatException(file.toString(), line, reason, cause);
        }
    }

    /** The text of a named field of the present line. */
    private interface Fields {
        String get(String field);
    }
}
