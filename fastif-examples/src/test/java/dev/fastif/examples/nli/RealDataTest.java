package dev.fastif.examples.nli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The files that the environment variable FASTIF_DATA names, where there are any. */
final class RealDataTest {
    @ParameterizedTest
    @CsvSource({
        "MNLI, mnli/train.tsv",
        "MNLI, mnli/dev_matched.tsv",
        "SNLI, snli/dev.jsonl",
        "ANLI, anli/R1/dev.jsonl",
        "ANLI, anli/R2/dev.jsonl",
        "HANS, hans/heuristics_train_set.txt",
        "HANS, hans/heuristics_evaluation_set.txt",
    })
    void isReadWithoutASingleError(NliFormat format, String name) {
        Scan<NliPair> scan = PairReader.scan(format, realFile(name));
        assertEquals(0, scan.problems().errors(), scan.problems().toString());
        List<NliPair> pairs = scan.orThrow();
        assertTrue(pairs.size() >= 100, () -> name + ": " + pairs.size());
        Set<NliLabel> labels = new HashSet<>();
        pairs.forEach(pair -> labels.add(pair.label()));
        LabelScheme scheme = format == NliFormat.HANS ? LabelScheme.TWO_WAY : LabelScheme.THREE_WAY;
        assertEquals(Set.copyOf(scheme.labels()), labels);
        for (NliPair pair : pairs) {
            assertFalse(pair.premise().isBlank() || pair.hypothesis().isBlank(), pair.id());
            if (format == NliFormat.HANS) {
                HansTag tag = Objects.requireNonNull(pair.hans(), pair.id());
                assertFalse(tag.template().isEmpty(), pair.id());
            }
        }
    }

    private static Path realFile(String name) {
        @Nullable String folder = System.getenv("FASTIF_DATA");
        if (folder == null || !Files.isRegularFile(Path.of(folder, name))) {
            String reason = "Skipped: FASTIF_DATA names no folder with " + name + " in it";
            System.out.println(reason);
            return abort(reason);
        }
        return Path.of(folder, name);
    }
}
