package dev.fastif.examples.nli;

import static dev.fastif.examples.nli.Messages.assertSays;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NliDataTest {
    private static final String HEADER = "pairID\tsentence1\tsentence2\tgold_label\n";

    private final Path dir;

    NliDataTest(@TempDir Path dir) {
        this.dir = dir;
    }

    @Test
    void findsGlueFilesInTheFolderOrInItsMnliFolder() throws IOException {
        Path mnli = Files.createDirectory(dir.resolve("mnli"));
        Files.writeString(mnli.resolve("train.tsv"), HEADER + "t\tThe oven is hot.\tThe oven is on.\tneutral\n");
        Files.writeString(
                mnli.resolve("dev_matched.tsv"), HEADER + "d\tThe oven is hot.\tThe oven is cold.\tcontradiction\n");

        for (Path folder : List.of(dir, mnli)) {
            NliData data = NliData.mnli(folder);
            assertEquals("t", data.training().get(0).id());
            assertEquals("d", data.evaluation().get(0).id());
            assertTrue(data.description().contains(mnli.toString()), data.description());
        }
    }

    @Test
    void findsTheOriginalFiles() throws IOException {
        Files.writeString(
                dir.resolve("multinli_1.0_train.jsonl"),
                "{\"pairID\": \"t\", \"sentence1\": \"It is dark.\", \"sentence2\": \"It is night.\", \"gold_label\": \"neutral\"}\n");
        Files.writeString(
                dir.resolve("multinli_1.0_dev_matched.txt"), HEADER + "d\tIt is dark.\tIt is not light.\tentailment\n");

        NliData data = NliData.mnli(dir);
        assertEquals(NliLabel.NEUTRAL, data.training().get(0).label());
        assertEquals(NliLabel.ENTAILMENT, data.evaluation().get(0).label());
    }

    @Test
    void saysWhatItLookedForWhenNothingIsThere() {
        UncheckedIOException e = assertThrows(UncheckedIOException.class, () -> NliData.mnli(dir));
        assertAll(
                () -> assertSays(dir.resolve("train.tsv").toString(), e),
                () -> assertSays("multinli_1.0_train.jsonl", e),
                () -> assertSays("or use generated pairs", e));
    }

    @Test
    void generatesDisjointPartsThatTheSeedDetermines() {
        NliData data = NliData.generated(300, 90, 11);

        assertEquals(300, data.training().size());
        assertEquals(90, data.evaluation().size());
        assertEquals(data, NliData.generated(300, 90, 11));
        assertNotEquals(data.training(), NliData.generated(300, 90, 12).training());

        Set<String> texts = new HashSet<>();
        Set<String> ids = new HashSet<>();
        for (List<NliPair> part : List.of(data.training(), data.evaluation())) {
            for (NliPair pair : part) {
                assertTrue(texts.add(pair.premise() + "|" + pair.hypothesis()), pair.toString());
                assertTrue(ids.add(pair.id()), pair.toString());
            }
        }
    }

    @Test
    void cannotBeModified() {
        NliData data = NliData.generated(3, 3, 1);
        assertThrows(UnsupportedOperationException.class, () -> data.training().remove(0));
    }

    /** The files that FASTIF_DATA names, whichever part of MultiNLI they are. */
    @Test
    void readsTheRealFiles() {
        NliData data = NliData.mnli(realData());

        for (List<NliPair> part : List.of(data.training(), data.evaluation())) {
            assertFalse(part.isEmpty());
            Set<NliLabel> labels = EnumSet.noneOf(NliLabel.class);
            for (NliPair pair : part) {
                labels.add(pair.label());
                assertFalse(pair.premise().isBlank() || pair.hypothesis().isBlank(), pair.id());
            }
            assertEquals(EnumSet.copyOf(LabelScheme.THREE_WAY.labels()), labels);
        }
    }

    private static Path realData() {
        @Nullable String folder = System.getenv("FASTIF_DATA");
        if (folder == null || !Files.isDirectory(Path.of(folder, "mnli"))) {
            String reason = "Skipped: FASTIF_DATA names no folder with mnli/ in it";
            System.out.println(reason);
            return abort(reason);
        }
        return Path.of(folder);
    }
}
