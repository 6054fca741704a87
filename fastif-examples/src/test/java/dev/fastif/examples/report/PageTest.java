package dev.fastif.examples.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PageTest {
    private static final Pattern MARK = Pattern.compile("data-tip=\"([^&\"]*)&#10;x ([0-9.]+)[^>]* cx=\"([0-9.]+)\"");

    private final Path folder;

    PageTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @Test
    void opensInABrowser() throws Exception {
        Path file = folder.resolve("page.html");
        page().write(file);
        Browser.check(file, 2);
    }

    @Test
    void appearsWholeAndLeavesNothingElse() throws IOException {
        Path file = folder.resolve("results").resolve("page.html");
        page().write(file);
        page().write(file);
        assertTrue(Files.readString(file).endsWith("</html>\n"));
        try (Stream<Path> files = Files.list(file.getParent())) {
            assertEquals(List.of(file), files.toList());
        }
    }

    @Test
    void textIsNeverMarkup() {
        String html = new Page("<script>alert(1)</script>")
                .table(new Table.Builder("a & b", "\"x\"").row("<td>").build())
                .html();
        assertFalse(html.contains("<script>alert"));
        assertTrue(html.contains("&lt;td&gt;"));
        assertTrue(html.contains("a &amp; b"));
    }

    /** The tips belong to the points: along a line, x and the position grow together. */
    @Test
    void tipsBelongToTheirPoints() {
        String svg = chart().svg();
        List<MatchResult> marks = MARK.matcher(svg).results().toList();
        assertEquals(6, marks.size());
        for (int i = 1; i < 3; i++) {
            for (int line = 0; line < 6; line += 3) {
                MatchResult before = marks.get(line + i - 1);
                MatchResult after = marks.get(line + i);
                assertEquals(before.group(1), after.group(1));
                assertTrue(Double.parseDouble(before.group(2)) < Double.parseDouble(after.group(2)));
                assertTrue(Double.parseDouble(before.group(3)) < Double.parseDouble(after.group(3)));
            }
        }
    }

    @Test
    void whatHelpsIsGreenAndWhatHarmsIsRed() {
        String svg = chart().svg();
        for (String line : List.of("helpful", "harmful")) {
            Matcher mark = Pattern.compile("data-tip=\"" + line + "&#10;[^>]* fill=\"#(..)(..)")
                    .matcher(svg);
            assertTrue(mark.find(), svg);
            boolean green = Integer.parseInt(mark.group(2), 16) > Integer.parseInt(mark.group(1), 16);
            assertEquals("helpful".equals(line), green, mark.group());
        }
        assertEquals(
                6,
                LineColors.of(List.of("helpful", "helpful, k = 100", "harmful", "random", "anchors", "Pearson"))
                        .stream()
                        .distinct()
                        .count());
    }

    @Test
    void aChartWithoutPointsSaysSo() {
        assertTrue(new Chart("t", "x", "y").add("l", Double.NaN, 1).svg().contains("no points"));
    }

    @Test
    void aTableReadsWellOnATerminal() {
        Table table = new Table.Builder("Recall", "k", "mean")
                .row(10, 0.5)
                .row(1000, Double.NaN)
                .build();
        assertEquals(
                "Recall\n  k        mean\n  10     0.5000\n  1,000       -\n",
                table.text().replace("\r", ""));
        assertThrows(IllegalArgumentException.class, () -> new Table("t", List.of("a"), List.of(List.of("1", "2"))));
    }

    private static Page page() {
        Table table = new Table.Builder("Numbers", "k", "helpful").row(10, 0.1).build();
        return new Page("Recall & more")
                .paragraph("What is <seen>.")
                .settings(Map.of("seed", 0))
                .figure(new Figure("Lines with bands.", chart().svg(), table))
                .figure(new Figure(
                        "One line.",
                        new Chart("One", "x", "y").add("a", 1, 2).add("a", 2, 3).svg(),
                        table));
    }

    private static Chart chart() {
        Chart chart = new Chart("Recall of \"kNN\" <b>", "x", "y").logarithmicX();
        for (String line : List.of("helpful", "harmful")) {
            for (int i = 1; i <= 3; i++) {
                chart.add(line, Math.pow(10, i), i * 0.1, i * 0.05, i * 0.2);
            }
        }
        return chart;
    }
}
