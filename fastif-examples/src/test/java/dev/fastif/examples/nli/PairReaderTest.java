package dev.fastif.examples.nli;

import static dev.fastif.examples.nli.Messages.assertSays;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PairReaderTest {
    private static final String GLUE_HEADER = "index\tpairID\tgenre\tsentence1\tsentence2\tlabel1\tgold_label";

    private final Path dir;

    PairReaderTest(@TempDir Path dir) {
        this.dir = dir;
    }

    @Test
    void readsGlueColumnsByName() throws IOException {
        List<NliPair> pairs = PairReader.read(
                NliFormat.MNLI,
                file(
                        "train.tsv",
                        GLUE_HEADER,
                        "0\ta7\tletters\tThe kettle is on.\tThe kettle is off.\tcontradiction\tcontradiction",
                        "1\tb8\tletters\tIda took both maps.\tIda took a map.\tneutral\tentailment"));

        assertEquals(
                List.of(
                        new NliPair("a7", "The kettle is on.", "The kettle is off.", NliLabel.CONTRADICTION, null),
                        new NliPair("b8", "Ida took both maps.", "Ida took a map.", NliLabel.ENTAILMENT, null)),
                pairs);
    }

    @Test
    void takesQuotesLiterally() throws IOException {
        NliPair pair = PairReader.read(
                        NliFormat.MNLI,
                        file(
                                "train.tsv",
                                GLUE_HEADER,
                                "0\ta\tg\t\"Wait, said Ida.\tIda said \"\"wait\"\".\tneutral\tentailment"))
                .get(0);

        assertEquals("\"Wait, said Ida.", pair.premise());
        assertEquals("Ida said \"\"wait\"\".", pair.hypothesis());
    }

    @Test
    void readsTheOriginalTextWithItsColumnsInAnotherOrderAndEmptyOnesAtTheEnd() throws IOException {
        List<NliPair> pairs = PairReader.read(
                NliFormat.MNLI,
                file(
                        "multinli_1.0_train.txt",
                        "gold_label\tsentence1\tsentence2\tpromptID\tpairID\tgenre\tlabel1\tlabel2",
                        "neutral\tThe ferry is late.\tThe captain overslept.\t1\t1n\ttravel\tneutral",
                        "entailment\tThe ferry is late.\tThe ferry is not on time.\t1\t1e\ttravel\tentailment\t\t\t"));

        assertEquals(List.of("1n", "1e"), pairs.stream().map(NliPair::id).toList());
        assertEquals(
                List.of(NliLabel.NEUTRAL, NliLabel.ENTAILMENT),
                pairs.stream().map(NliPair::label).toList());
        assertEquals("The captain overslept.", pairs.get(0).hypothesis());
    }

    @Test
    void readsTheOriginalJsonLines() throws IOException {
        List<NliPair> pairs = PairReader.read(
                NliFormat.MNLI,
                file(
                        "multinli_1.0_dev_matched.jsonl",
                        json("neutral", "The \\u201cold\\u201d mill\\tturns.", "The mill is loud.", "m1"),
                        "",
                        json("contradiction", "The mill turns.", "The mill stands still.", "m2")));

        assertEquals(2, pairs.size());
        assertEquals("The \u201cold\u201d mill\tturns.", pairs.get(0).premise());
        assertEquals("m2", pairs.get(1).id());
        assertNull(pairs.get(1).hans());
    }

    @Test
    void skipsPairsWithoutAgreementAndPairsWithoutText() throws IOException {
        List<NliPair> pairs = PairReader.read(
                NliFormat.MNLI,
                file(
                        "dev.jsonl",
                        json("-", "The door is open.", "It is cold.", "d1"),
                        json("neutral", "The door is open.", " ", "d2"),
                        json("neutral", "The door is open.", "It is warm.", "d3")));

        assertEquals(List.of("d3"), pairs.stream().map(NliPair::id).toList());
    }

    @Test
    void skipsAByteOrderMarkAndCarriageReturns() throws IOException {
        Path file = dir.resolve("windows.tsv");
        Files.writeString(
                file,
                "\uFEFFpairID\tsentence1\tsentence2\tgold_label\r\nw\tIda sings.\tIda is mute.\tcontradiction\r\n");

        assertEquals(
                NliLabel.CONTRADICTION,
                PairReader.read(NliFormat.MNLI, file).get(0).label());
    }

    @Test
    void namesFileLineAndReasonOfARowThatIsCutOff() throws IOException {
        Path file = file("train.tsv", GLUE_HEADER, "0\ta\tg\tOne.\tTwo.\tneutral\tneutral", "1\tb\tg\tThree.");

        assertMalformed(file, 3, "cut off");
    }

    @Test
    void rejectsARowWithAStrayTab() throws IOException {
        Path file = file("train.tsv", GLUE_HEADER, "0\ta\tg\tOne\tand more.\tTwo.\tneutral\tneutral");

        assertMalformed(file, 2, "stray tab");
    }

    @Test
    void namesTheMissingColumn() throws IOException {
        Path file = file("train.tsv", "index\tpairID\tsentence1\tgold_label", "0\ta\tOne.\tneutral");

        assertMalformed(file, 1, "no column sentence2");
    }

    @Test
    void namesTheUnknownLabel() throws IOException {
        assertMalformed(
                file("train.tsv", GLUE_HEADER, "0\ta\tg\tOne.\tTwo.\tmaybe\tmaybe"), 2, "unknown label 'maybe'");
        assertMalformed(file("train.jsonl", json("perhaps", "One.", "Two.", "a")), 1, "unknown label 'perhaps'");
    }

    @Test
    void rejectsBrokenJsonAndMissingFields() throws IOException {
        Path broken = file("broken.jsonl", json("neutral", "One.", "Two.", "a"), "{\"gold_label\": ");
        Path missing = file("missing.jsonl", "{\"gold_label\": \"neutral\", \"sentence1\": \"One.\"}");
        Path array = file("array.jsonl", "[1, 2]");

        assertAll(
                () -> assertMalformed(broken, 2, "not a JSON object"),
                () -> assertMalformed(missing, 1, "no text named"),
                () -> assertMalformed(array, 1, "not a JSON object"));
    }

    @Test
    void rejectsFilesWithoutASinglePair() throws IOException {
        Path empty = Files.createFile(dir.resolve("empty.tsv"));
        Path emptyJson = Files.createFile(dir.resolve("empty.jsonl"));
        Path headerOnly = file("header.tsv", GLUE_HEADER);

        assertAll(
                () -> assertMalformed(empty, 1, "no header"),
                () -> assertMalformed(emptyJson, 1, "without a single labelled example"),
                () -> assertMalformed(headerOnly, 2, "without a single labelled example"));
    }

    @Test
    void rejectsBytesThatAreNotUtf8() throws IOException {
        Path file = dir.resolve("latin1.tsv");
        Files.write(
                file,
                (GLUE_HEADER + "\n0\ta\tg\tCaf\u00e9.\tTwo.\tneutral\tneutral\n")
                        .getBytes(StandardCharsets.ISO_8859_1));

        NliFormatException e = assertThrows(NliFormatException.class, () -> PairReader.read(NliFormat.MNLI, file));
        assertSays("UTF-8", e);
    }

    @Test
    void saysWhatItLookedForWhenTheFileIsMissing() {
        Path file = dir.resolve("nowhere.tsv");

        UncheckedIOException e = assertThrows(UncheckedIOException.class, () -> PairReader.read(NliFormat.MNLI, file));
        assertSays(file.toString(), e);
        assertSays("check the path, or use generated pairs", e);
    }

    private static void assertMalformed(Path file, long line, String reason) {
        NliFormatException e = assertThrows(NliFormatException.class, () -> PairReader.read(NliFormat.MNLI, file));
        assertEquals(file.toString(), e.file());
        assertEquals(line, e.line(), e.getMessage());
        assertSays(file + ", line " + line + ": ", e);
        assertSays(reason, e);
    }

    private static String json(String label, String premise, String hypothesis, String id) {
        return "{\"annotator_labels\": [\"%s\"], \"gold_label\": \"%s\", \"sentence1\": \"%s\", \"sentence2\": \"%s\", \"pairID\": \"%s\"}"
                .formatted(label, label, premise, hypothesis, id);
    }

    private Path file(String name, String... lines) throws IOException {
        return Files.write(dir.resolve(name), List.of(lines));
    }
}
