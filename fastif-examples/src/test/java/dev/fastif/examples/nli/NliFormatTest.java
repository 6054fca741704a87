package dev.fastif.examples.nli;

import static dev.fastif.examples.nli.Messages.assertSays;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The formats other than MultiNLI, and what is said of rows that give no pair. */
final class NliFormatTest {
    private static final String HANS =
            "gold_label\tsentence1_parse\tsentence1\tsentence2\tpairID\theuristic\tsubcase\ttemplate";
    private static final String ANLI =
            "{\"uid\": \"%s\", \"context\": \"%s\", \"hypothesis\": \"%s\", \"label\": \"%s\", \"emturk\": 3}";

    private final Path dir;

    NliFormatTest(@TempDir Path dir) {
        this.dir = dir;
    }

    @Test
    void hansHasTwoLabelsAndATag() throws IOException {
        List<NliPair> pairs = PairReader.read(
                NliFormat.HANS,
                file(
                        "hans.txt",
                        HANS,
                        hans("non-entailment", "ex0", "lexical_overlap", "ln_passive"),
                        hans("entailment", "ex1", "constituent", "ce_adverb")));
        assertEquals(
                new NliPair(
                        "ex0",
                        "The judge slept .",
                        "The judge ran .",
                        NliLabel.NON_ENTAILMENT,
                        HansTag.of("ln_passive", "temp7")),
                pairs.get(0));
        assertEquals(NliLabel.ENTAILMENT, pairs.get(1).label());
        assertEquals("constituent", LabelScheme.TWO_WAY.example(pairs.get(1)).group());
        assertEquals(1, LabelScheme.TWO_WAY.example(pairs.get(0)).label());
    }

    @Test
    void anliSpellsLabelsByLetters() throws IOException {
        List<NliPair> pairs = PairReader.read(
                NliFormat.ANLI,
                file(
                        "dev.jsonl",
                        ANLI.formatted("u1", "A \\u00e9t\\u00e9.", "Summer.", "e"),
                        ANLI.formatted("u2", "Winter.", "Snow.", "n"),
                        ANLI.formatted("u3", "Winter.", "Summer.", "c")));
        assertEquals("A \u00e9t\u00e9.", pairs.get(0).premise());
        assertEquals(
                List.of(NliLabel.ENTAILMENT, NliLabel.NEUTRAL, NliLabel.CONTRADICTION),
                pairs.stream().map(NliPair::label).toList());
    }

    @Test
    void snliHasTheFieldsOfMultiNli() throws IOException {
        Path file = file(
                "snli_1.0_dev.jsonl",
                "{\"gold_label\": \"neutral\", \"sentence1\": \"A dog.\", \"sentence2\": \"A pet.\", \"pairID\": \"1#0n\"}");
        assertEquals("1#0n", PairReader.read(NliFormat.SNLI, file).get(0).id());
    }

    @Test
    void everyRowThatGivesNoPairIsCountedWithItsLine() throws IOException {
        Path file = dir.resolve("damaged.txt");
        String good = hans("entailment", "ex1", "constituent", "ce_adverb");
        byte[] latin1 =
                hans("entailment", "caf\u00e9", "constituent", "ce_adverb").getBytes(StandardCharsets.ISO_8859_1);
        try (var out = Files.newOutputStream(file)) {
            for (String line : List.of(
                    HANS,
                    good,
                    hans("perhaps", "ex2", "constituent", "ce_adverb"),
                    hans("entailment", "ex3", "constituent", "ln_passive"),
                    hans("entailment", "ex4", "constituent", "cn_adverb"),
                    "entailment\tonly two",
                    good)) {
                out.write((line + "\r\n").getBytes(StandardCharsets.UTF_8));
            }
            out.write(latin1);
            out.write('\n');
            out.write(("entailment\t" + "x".repeat(10 << 20) + "\n").getBytes(StandardCharsets.UTF_8));
            out.write(good.replace("The judge slept .", " ").getBytes(StandardCharsets.UTF_8));
        }
        Scan<NliPair> scan = PairReader.scan(NliFormat.HANS, file);
        assertEquals(List.of("ex1"), scan.examples().stream().map(NliPair::id).toList());
        assertEquals(
                Map.of(
                        RowProblem.Kind.LABEL, 2,
                        RowProblem.Kind.MALFORMED, 2,
                        RowProblem.Kind.DUPLICATE, 1,
                        RowProblem.Kind.ENCODING, 1,
                        RowProblem.Kind.TOO_LONG, 1,
                        RowProblem.Kind.EMPTY, 1),
                scan.problems().counts());
        assertEquals(
                List.of(3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L),
                scan.problems().first().stream().map(RowProblem::line).toList());
        assertEquals(10, scan.lines());
        NliFormatException e = assertThrows(NliFormatException.class, scan::orThrow);
        assertEquals(3, e.line());
        assertSays("unknown label 'perhaps'; expected entailment or non-entailment (and 5 more such rows", e);
        assertEquals(
                "2 malformed, 2 with a wrong label, 1 not in UTF-8, 1 too long, 1 with the id of an earlier one, 1 without text",
                scan.problems().toString());
    }

    @Test
    void everyObjectThatGivesNoPairIsCountedWithItsLine() throws IOException {
        Path file = dir.resolve("damaged.jsonl");
        String good = ANLI.formatted("u1", "A caf\u00e9.", "Closed.", "e");
        try (var out = Files.newOutputStream(file)) {
            for (String line : List.of(
                    good,
                    ANLI.formatted("u2", "Winter.", "Snow.", "x"),
                    "{\"uid\": \"u3\"",
                    "{\"uid\": \"u4\", \"label\": \"e\"}",
                    good,
                    ANLI.formatted("u5", "Winter.", " ", "e"),
                    ANLI.formatted("u6", "x".repeat(10 << 20), "Snow.", "e"))) {
                out.write((line + "\r\n").getBytes(StandardCharsets.UTF_8));
            }
            out.write((good.replace("u1", "u7") + "\n").getBytes(StandardCharsets.ISO_8859_1));
            out.write(good.replace("u1", "u8").getBytes(StandardCharsets.UTF_8));
        }
        Scan<NliPair> scan = PairReader.scan(NliFormat.ANLI, file);
        assertEquals(
                List.of("u1", "u8"), scan.examples().stream().map(NliPair::id).toList());
        assertEquals(
                Map.of(
                        RowProblem.Kind.LABEL, 1,
                        RowProblem.Kind.MALFORMED, 2,
                        RowProblem.Kind.DUPLICATE, 1,
                        RowProblem.Kind.EMPTY, 1,
                        RowProblem.Kind.TOO_LONG, 1,
                        RowProblem.Kind.ENCODING, 1),
                scan.problems().counts());
        assertEquals(
                List.of(2L, 3L, 4L, 5L, 6L, 7L, 8L),
                scan.problems().first().stream().map(RowProblem::line).toList());
    }

    @Test
    void utf16IsNamed() throws IOException {
        Path file = dir.resolve("wide.txt");
        Files.writeString(file, "\uFEFF" + HANS + "\n", StandardCharsets.UTF_16LE);
        NliFormatException e = assertThrows(NliFormatException.class, () -> PairReader.read(NliFormat.HANS, file));
        assertSays("UTF-16", e);
    }

    private static String hans(String label, String id, String heuristic, String subcase) {
        return String.join(
                "\t", label, "(ROOT)", "The judge slept .", "The judge ran .", id, heuristic, subcase, "temp7");
    }

    private Path file(String name, String... lines) throws IOException {
        return Files.write(dir.resolve(name), List.of(lines));
    }
}
