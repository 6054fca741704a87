package dev.fastif.examples.nli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * Every reader with every kind of damage: each example that it gives is one that the whole file has, and each row that gives
 * none is reported with its line.
 */
final class DamagedDataTest {
    /** The row that is damaged, of three, and the line that it is in. */
    private static final int ROW = 1;

    @TempDir
    private Path dir;

    /** What a reader makes of a file. */
    record Read(List<String> examples, List<RowProblem> problems) {}

    /** A reader with a small file that it reads. */
    record Reader(String name, String header, List<String> rows, Function<Path, Read> reading) {
        String text() {
            return header + String.join("", rows);
        }

        /** The line, from 1, in which the damaged row is. */
        int line() {
            return ROW + (header.isEmpty() ? 1 : 2);
        }

        String with(String row) {
            List<String> changed = new ArrayList<>(rows);
            changed.set(ROW, row);
            return header + String.join("", changed);
        }

        /** Whether it reads what another one reads: columns are found by their names. */
        boolean reads(Reader other) {
            return name.equals(other.name) || (name.startsWith("train.") && other.name.startsWith("train."));
        }

        boolean isJson() {
            return name.endsWith(".jsonl");
        }

        boolean isCsv() {
            return name.endsWith(".csv");
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static Reader pairs(NliFormat format, String name, String header, String... rows) {
        return new Reader(name, header, List.of(rows), file -> {
            return read(PairReader.scan(format, file));
        });
    }

    static final List<Reader> READERS = List.of(
            pairs(
                    NliFormat.MNLI,
                    "train.tsv",
                    "index\tpairID\tsentence1\tsentence2\tlabel1\tgold_label\n",
                    "0\ta\tIda s\u00e4ngs.\tIda \"is\" mute.\tneutral\tcontradiction\n",
                    "1\tb\tIda sings well.\tIda sings.\tneutral\tentailment\n",
                    "2\tc\tIda, here, sings.\tIda is good.\tneutral\tneutral\n"),
            pairs(
                    NliFormat.MNLI,
                    "train.txt",
                    "gold_label\tpairID\tlabel1\tsentence1\tsentence2\tlabel2\n",
                    "contradiction\ta\tx\tIda s\u00e4ngs.\tIda is mute.\n",
                    "entailment\tb\tx\tIda sings well.\tIda sings.\tx\n",
                    "neutral\tc\tx\tIda sings.\tIda is good.\n"),
            pairs(
                    NliFormat.MNLI,
                    "mnli.jsonl",
                    "",
                    json("a", "neutral"),
                    json("b", "entailment"),
                    json("c", "neutral")),
            pairs(
                    NliFormat.SNLI,
                    "snli.jsonl",
                    "",
                    json("a", "neutral"),
                    json("b", "entailment"),
                    json("c", "neutral")),
            pairs(
                    NliFormat.HANS,
                    "hans.txt",
                    "gold_label\tsentence1\tsentence2\tpairID\theuristic\tsubcase\ttemplate\n",
                    "entailment\tIda s\u00e4ngs.\tIda.\tex0\tconstituent\tce_adverb\ttemp11\n",
                    "non-entailment\tIda sings.\tIda.\tex1\tsubsequence\tsn_NP/S\ttemp12\n",
                    "entailment\tIda says.\tIda.\tex2\tlexical_overlap\tle_relative\ttemp13\n"),
            pairs(NliFormat.ANLI, "anli.jsonl", "", anli("a", "e"), anli("b", "n"), anli("c", "c")),
            new Reader(
                    "reviews.csv",
                    "reviewerID,asin,overall,unixReviewTime,reviewText,category,reviewYear\n",
                    List.of(
                            "\"a\",\"B1\",5.0,14,\"He said \"\"g\u00f6\u00f6d\"\".\",Books,2014\n",
                            "\"b\",\"B2\",1.0,15,\"Bad, bad.\",Books,2015\n",
                            "\"c\",\"B3\",3.0,16,So so,Books,2016\n"),
                    file -> reviews(file, "split\n0\n0\n0\n")),
            new Reader("split.csv", "split\n", List.of("0\n", "3\n", "-1\n"), DamagedDataTest::splits));

    private static String json(String id, String label) {
        return "{\"gold_label\": \"" + label
                + "\", \"sentence1\": \"Ida s\u00e4ngs.\", \"sentence2\": \"Ida.\", \"pairID\": \"" + id + "\"}\n";
    }

    private static String anli(String id, String label) {
        return "{\"uid\": \"" + id + "\", \"context\": \"Ida s\u00e4ngs.\", \"hypothesis\": \"Ida.\", \"label\": \""
                + label + "\"}\n";
    }

    private static Read reviews(Path reviews, String splits) {
        try {
            Path folder = Files.createDirectories(reviews.resolveSibling("folder"));
            Files.createDirectories(folder.resolve("splits"));
            Files.writeString(folder.resolve("splits/user.csv"), splits);
            Files.write(folder.resolve("reviews.csv"), Files.readAllBytes(reviews));
            return reviewsIn(folder);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Read splits(Path splits) {
        try {
            Path folder = Files.createDirectories(splits.resolveSibling("folder"));
            Files.createDirectories(folder.resolve("splits"));
            Files.write(folder.resolve("splits/user.csv"), Files.readAllBytes(splits));
            Reader reviews = READERS.get(READERS.size() - 2);
            Files.writeString(folder.resolve("reviews.csv"), reviews.text());
            return reviewsIn(folder);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Read reviewsIn(Path folder) {
        try {
            return read(ReviewReader.scan(folder));
        } catch (NliFormatException e) {
            return new Read(List.of(), List.of(problem(e)));
        }
    }

    /** What was found, and how a file without examples is refused. */
    private static <T> Read read(Scan<T> scan) {
        List<RowProblem> problems = scan.problems().first();
        if (scan.examples().isEmpty() && problems.isEmpty()) {
            problems = List.of(problem(assertThrows(NliFormatException.class, scan::orThrow)));
        }
        return new Read(scan.examples().stream().map(String::valueOf).toList(), problems);
    }

    private static RowProblem problem(NliFormatException e) {
        return new RowProblem(e.line(), RowProblem.Kind.MALFORMED, String.valueOf(e.getMessage()));
    }

    private Read read(Reader reader, byte... content) throws IOException {
        return reader.reading().apply(Files.write(dir.resolve(reader.name()), content));
    }

    private List<String> whole(Reader reader) throws IOException {
        Read whole = read(reader, reader.text().getBytes(UTF_8));
        assertEquals(List.of(), whole.problems());
        assertTrue(whole.examples().size() >= 2, reader.name());
        return whole.examples();
    }

    /** What all kinds of damage have in common. */
    private Read assertNothingElse(Reader reader, String what, byte... content) throws IOException {
        List<String> whole = whole(reader);
        Read read = read(reader, content);
        assertTrue(whole.containsAll(read.examples()), () -> what + " gives " + read.examples());
        assertTrue(
                read.examples().equals(whole) || !read.problems().isEmpty(),
                () -> what + ": rows are missing without a word: " + read.examples());
        return read;
    }

    private void assertReported(Reader reader, String what, byte... content) throws IOException {
        Read read = assertNothingElse(reader, what, content);
        assertTrue(!read.problems().isEmpty(), () -> what + " is not reported: " + read.examples());
        assertEquals(reader.line(), read.problems().get(0).line(), () -> what + ": " + read.problems());
    }

    private void assertHarmless(Reader reader, String what, byte... content) throws IOException {
        Read read = read(reader, content);
        assertEquals(whole(reader), read.examples(), () -> what + ": " + read.problems());
        assertEquals(List.of(), read.problems(), what);
    }

    @ParameterizedTest
    @FieldSource("READERS")
    void whatOtherSystemsWriteIsTheSame(Reader reader) throws IOException {
        assertHarmless(reader, "CR LF", reader.text().replace("\n", "\r\n").getBytes(UTF_8));
        assertHarmless(reader, "a byte order mark", ("\uFEFF" + reader.text()).getBytes(UTF_8));
        if (!reader.isCsv()) {
            assertHarmless(
                    reader, "empty lines", reader.text().replace("\n", "\n\n").getBytes(UTF_8));
        }
    }

    /** What follows a row on its line, or is missing there. */
    @ParameterizedTest
    @FieldSource("READERS")
    void whatARowHasTooMuchOrTooLittleIsReported(Reader reader) throws IOException {
        String row = reader.rows().get(ROW).strip();
        String end = reader.isJson() ? "" : reader.isCsv() ? ",0,0,0,0,0,0,0" : "\t0\t0\t0\t0\t0\t0\t0\t0";
        for (String more : List.of(row, " " + row, ",", "]", "}", "x", " 7", " null", " {}", " // why", "\"")) {
            if (reader.isJson() || (reader.name().equals("split.csv") && !more.isBlank())) {
                assertReported(
                        reader,
                        more + " behind the row",
                        reader.with(row + more + "\n").getBytes(UTF_8));
            }
        }
        if (!reader.isJson()) {
            assertReported(
                    reader, "cells too many", reader.with(row + end + "\n").getBytes(UTF_8));
            assertReported(
                    reader,
                    "two rows in a line",
                    reader.with(row + end + row + "\n").getBytes(UTF_8));
        }
        if (!reader.name().equals("split.csv")) {
            assertReported(
                    reader,
                    "half a row",
                    reader.with(row.substring(0, row.length() / 2) + "\n").getBytes(UTF_8));
            assertEquals(
                    reader.line() + 1,
                    assertNothingElse(
                                    reader,
                                    "twice",
                                    reader.with(row + "\n" + row + "\n").getBytes(UTF_8))
                            .problems()
                            .get(0)
                            .line());
        }
        if (reader.isCsv()) {
            assertReported(
                    reader,
                    "text behind a quote",
                    reader.with("\"1\"x" + row + "\n").getBytes(UTF_8));
            assertReported(
                    reader,
                    "an open quote",
                    reader.with("\"" + row.replace("\"", "") + "\n").getBytes(UTF_8));
            assertReported(
                    reader, "an empty line", reader.with("\n" + row + "\n").getBytes(UTF_8));
        }
    }

    @ParameterizedTest
    @FieldSource("READERS")
    void aNameThatIsThereTwiceIsReported(Reader reader) throws IOException {
        if (reader.isJson()) {
            String again = reader.rows().get(ROW).replace("{", "{\"label\": \"n\", \"gold_label\": \"neutral\", ");
            assertReported(reader, "a name twice", reader.with(again).getBytes(UTF_8));
            return;
        }
        String separator = reader.isCsv() ? "," : "\t";
        for (String name : reader.header().strip().split(separator, -1)) {
            StringBuilder text = new StringBuilder(name + separator + reader.header());
            reader.rows().forEach(row -> text.append("other").append(separator).append(row));
            Read read =
                    assertNothingElse(reader, name + " twice", text.toString().getBytes(UTF_8));
            assertEquals(1, read.problems().get(0).line(), name);
        }
    }

    @ParameterizedTest
    @FieldSource("READERS")
    void bytesThatAreNoTextAreReported(Reader reader) throws IOException {
        byte[] text = reader.text().getBytes(UTF_8);
        int start = reader.text()
                .substring(0, reader.text().indexOf(reader.rows().get(ROW)))
                .getBytes(UTF_8)
                .length;
        int end = start + reader.rows().get(ROW).getBytes(UTF_8).length - 1;
        for (int at = start; at < end; at++) {
            for (int bad : new int[] {0, 0xFF, 0xC3, 0xA4, 0xED}) {
                if (text[at] == (byte) bad) {
                    continue;
                }
                byte[] damaged = text.clone();
                damaged[at] = (byte) bad;
                Read read = assertNothingElse(reader, bad + " at " + at, damaged);
                assertTrue(!read.problems().isEmpty(), bad + " at " + at);
            }
        }
        byte[] zeroed = text.clone();
        Arrays.fill(zeroed, start, end, (byte) 0);
        assertReported(reader, "zeros", zeroed);
        for (Charset charset : List.of(UTF_16BE, UTF_16LE)) {
            for (String mark : List.of("", "\uFEFF")) {
                Read read = assertNothingElse(reader, charset.name(), (mark + reader.text()).getBytes(charset));
                assertTrue(!read.problems().isEmpty(), charset.name());
            }
        }
        if (reader.text().indexOf('\u00e4') >= 0) {
            Read read = assertNothingElse(reader, "Latin-1", reader.text().getBytes(ISO_8859_1));
            assertTrue(!read.problems().isEmpty(), "Latin-1");
        }
        if (reader.isJson()) {
            assertReported(reader, "a NUL", reader.rows().get(0).isEmpty() ? text : escaped(reader, "\\u0000"));
            assertReported(reader, "half a pair", escaped(reader, "\\ud83d"));
        }
    }

    private static byte[] escaped(Reader reader, String escape) {
        return reader.with(reader.rows().get(ROW).replace("Ida.", "Ida" + escape))
                .getBytes(UTF_8);
    }

    /** Wherever a file ends, no row is another one; a row is missing without a word only where the file ends between rows. */
    @ParameterizedTest
    @FieldSource("READERS")
    void aFileMayEndAnywhere(Reader reader) throws IOException {
        List<String> whole = whole(reader);
        byte[] text = reader.text().getBytes(UTF_8);
        for (int length = 0; length < text.length; length++) {
            Read read = read(reader, Arrays.copyOf(text, length));
            String what = "cut to " + length + ": " + read;
            assertTrue(whole.containsAll(read.examples()), what);
            boolean betweenRows = length > 0 && (text[length - 1] == '\n' || text[length] == '\n');
            assertTrue(
                    betweenRows
                            || read.examples().equals(whole)
                            || !read.problems().isEmpty(),
                    what);
        }
    }

    @ParameterizedTest
    @FieldSource("READERS")
    void theFileOfAnotherReaderIsReported(Reader reader) throws IOException {
        Stream.concat(
                        READERS.stream().filter(other -> !reader.reads(other)).map(Reader::text),
                        Stream.of("", "\n", "{}\n", "\u0000", "PK\u0003\u0004", "a\tb\n"))
                .forEach(text -> {
                    try {
                        Read read = read(reader, text.getBytes(UTF_8));
                        if (!read.examples().equals(whole(reader))) {
                            assertTrue(
                                    read.examples().isEmpty()
                                            || !read.problems().isEmpty(),
                                    text + read);
                        }
                    } catch (IOException e) {
                        throw new IllegalStateException(e);
                    }
                });
    }
}
