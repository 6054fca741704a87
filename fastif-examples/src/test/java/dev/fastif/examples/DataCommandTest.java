package dev.fastif.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DataCommandTest {
    private static final String MNLI = "pairID\tsentence1\tsentence2\tgold_label\n";

    private final Path data;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    DataCommandTest(@TempDir Path data) {
        this.data = data;
    }

    @Test
    void saysWhatIsThereAndHowToGetTheRest() throws IOException {
        Files.createDirectories(data.resolve("mnli"));
        Files.writeString(
                data.resolve("mnli/train.tsv"),
                MNLI + "1\ta\tb\tneutral\n2\ta\tb\tentailment\n3\ta\tb\t-\n4\ta\tb\tneutral\n");
        assertEquals(0, run(), err::toString);
        assertTrue(out.toString().contains("mnli/train.tsv"), out::toString);
        assertTrue(out.toString().contains("3  entailment 33.3%, neutral 66.7%"), out::toString);
        assertTrue(out.toString().contains("skipped rows: 1 without agreement on a label"), out::toString);
        assertTrue(out.toString().contains("--fetch HANS"), out::toString);
        assertTrue(out.toString().contains("wilds.stanford.edu"), out::toString);
    }

    @Test
    void listsDamagedRowsAndFails() throws IOException {
        Files.createDirectories(data.resolve("mnli"));
        Files.writeString(data.resolve("mnli/train.tsv"), MNLI + "1\ta\tb\tneutral\n2\ta\tb\tmaybe\n3\ta\n");
        assertEquals(1, run());
        assertTrue(out.toString().contains("line 3: unknown label 'maybe'"), out::toString);
        assertTrue(out.toString().contains("line 4: found 2 tab separated cells"), out::toString);
    }

    @Test
    void anEmptyFolderIsNoError() {
        assertEquals(0, run(), err::toString);
        assertTrue(out.toString().contains("generate pairs"), out::toString);
    }

    @Test
    void aMissingFolderIsNamed() {
        assertEquals(2, run("--data", data.resolve("nowhere").toString()));
        assertTrue(err.toString().contains("nowhere"), err::toString);
    }

    private int run(String... arguments) {
        String[] all = arguments.length == 0
                ? new String[] {"data", "--data", data.toString()}
                : new String[] {"data", arguments[0], arguments[1]};
        return Fastif.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(all);
    }
}
