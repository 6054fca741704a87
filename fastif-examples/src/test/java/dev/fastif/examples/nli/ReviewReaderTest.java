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

final class ReviewReaderTest {
    private static final String HEADER =
            "\"reviewerID\",\"asin\",\"overall\",\"reviewTime\",\"unixReviewTime\",\"reviewText\","
                    + "\"summary\",\"verified\",\"category\",\"reviewYear\"\n";

    private final Path dir;

    ReviewReaderTest(@TempDir Path dir) {
        this.dir = dir;
    }

    @Test
    void readsQuotedTextOfSeveralLinesAndLeavesOutWhatBelongsToNoPart() throws IOException {
        write("0\n-1\n3\n", row("a", 5, "He said \"\"good\"\".\nTwice."), row("b", 1, "Bad."), row("c", 2, "So, so."));
        Scan<Review> scan = ReviewReader.scan(dir);
        assertEquals(
                List.of(
                        new Review("a/B01/1400000000", "He said \"good\".\nTwice.", 5, "Books", Review.Split.TRAIN),
                        new Review("c/B01/1400000000", "So, so.", 2, "Books", Review.Split.OOD_TEST)),
                scan.orThrow());
        assertEquals(4, scan.examples().get(0).example().label());
        assertEquals("Books", scan.examples().get(0).example().group());
    }

    @Test
    void countsWrongRowsWithTheirLines() throws IOException {
        write(
                "0\n0\n0\n0\n0\n",
                row("a", 5, "One\nTwo"),
                row("b", 7, "Too many stars."),
                "\"too\",\"few\"\n",
                row("a", 5, "Again."),
                row("d", 3, " "));
        Scan<Review> scan = ReviewReader.scan(dir);
        assertEquals(1, scan.examples().size());
        assertEquals(
                Map.of(
                        RowProblem.Kind.LABEL, 1,
                        RowProblem.Kind.MALFORMED, 1,
                        RowProblem.Kind.DUPLICATE, 1,
                        RowProblem.Kind.EMPTY, 1),
                scan.problems().counts());
        assertEquals(
                List.of(4L, 5L, 6L, 7L),
                scan.problems().first().stream().map(RowProblem::line).toList());
    }

    @Test
    void aQuoteThatIsNeverClosedIsReportedWhereItOpens() throws IOException {
        write(
                "0\n0\n0\n",
                row("a", 5, "Fine."),
                "\"b\",\"B01\",1.0,\"t\",1,\"never closed\n" + "x".repeat(10 << 20),
                row("c", 5, "Fine."));
        assertEndsWith(RowProblem.Kind.TOO_LONG, 3);
    }

    @Test
    void bytesThatAreNotUtf8AreReported() throws IOException {
        write("0\n0\n0\n", row("a", 5, "Fine."), row("b", 5, "Fine."), row("c", 5, "Fine."));
        Path file = dir.resolve("reviews.csv");
        // so far behind the first row that the decoder does not see both at once
        String far = "\"" + "b".repeat(20_000) + "\u00e9\"";
        Files.write(file, Files.readString(file).replace("\"b\"", far).getBytes(StandardCharsets.ISO_8859_1));
        assertEndsWith(RowProblem.Kind.ENCODING, 3);
    }

    /** The first row is read, the problem is reported at its line, and what lies behind it is not blamed on the split. */
    private void assertEndsWith(RowProblem.Kind kind, long line) throws IOException {
        Scan<Review> scan = ReviewReader.scan(dir);
        assertEquals(Map.of(kind, 1), scan.problems().counts());
        assertEquals(line, scan.problems().first().get(0).line());
        assertSays("Nothing behind", assertThrows(NliFormatException.class, scan::orThrow));
        assertEquals(1, scan.examples().size());
    }

    @Test
    void carriageReturnsAreNoPartOfTheText() throws IOException {
        write(
                "0\r\n3\r\n",
                row("a", 5, "Fine.").replace("\n", "\r\n"),
                row("b", 1, "Bad.").replace("\n", "\r\n"));
        assertEquals(
                List.of("Fine.", "Bad."),
                ReviewReader.scan(dir).orThrow().stream().map(Review::text).toList());
    }

    @Test
    void bothFilesMustHaveAsManyRows() throws IOException {
        write("0\n0\n", row("a", 5, "Fine."));
        assertSays("2 rows, but 1", assertThrows(NliFormatException.class, () -> ReviewReader.scan(dir)));
        write("0\n", row("a", 5, "Fine."), row("b", 5, "Fine."));
        assertSays("1 rows, but more", assertThrows(NliFormatException.class, () -> ReviewReader.scan(dir)));
    }

    @Test
    void theSplitsNumbersAreChecked() throws IOException {
        write("9\n", row("a", 5, "Fine."));
        NliFormatException e = assertThrows(NliFormatException.class, () -> ReviewReader.scan(dir));
        assertEquals(2, e.line());
        assertSays("split is '9'", e);
    }

    private void write(String splits, String... rows) throws IOException {
        Files.createDirectories(dir.resolve("splits"));
        Files.writeString(dir.resolve("splits/user.csv"), "split\n" + splits);
        Files.writeString(dir.resolve("reviews.csv"), HEADER + String.join("", rows));
    }

    private static String row(String reviewer, int stars, String text) {
        return "\"%s\",\"B01\",%d.0,\"05 1, 2014\",1400000000,\"%s\",\"s\",True,\"Books\",2014\n"
                .formatted(reviewer, stars, text);
    }
}
