package dev.fastif.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.knn.faiss.FaissIndex;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The command line from the outside: what it prints, how it exits, what it leaves in the work folder. */
class FastifTest {
    private record Outcome(int exit, String out, String err) {}

    @TempDir
    private Path work;

    @Test
    void explainsAPairOfTheUsersOwn() {
        Outcome outcome = explain(
                "--premise", "The doctor sleeps.", "--hypothesis", "The doctor is awake.", "--label", "contradiction");
        assertEquals(0, outcome.exit, outcome.err);
        assertTrue(outcome.out.contains("The doctor is awake."), outcome.out);
        assertTrue(outcome.out.contains("accuracy"), outcome.out);
        assertTrue(outcome.out.contains("influence -"), outcome.out);
        assertTrue(outcome.out.contains("influence +"), outcome.out);
        assertTrue(outcome.out.contains("damping 50.0, relative residual"), outcome.out);
        assertTrue(outcome.out.contains("Scored 40 nearest of 90 training pairs"), outcome.out);
        for (String stage : List.of("preselection", "gradient", "inverse_hvp", "scoring")) {
            assertTrue(outcome.out.contains(stage), outcome.out);
        }
    }

    @Test
    void sameSettingsReuseTheModelAndChangedOnesTrainAgain() throws IOException {
        String first = withoutTimings(explain("--test", "3").out);
        Map<Path, FileTime> files = files();
        assertEquals(first, withoutTimings(explain("--test", "3").out));
        assertEquals(files, files(), "nothing was written again");
        assertEquals(0, explain("--test", "3", "--learning-rate", "2e-4").exit);
        Map<Path, FileTime> more = files();
        assertEquals(files.size() + 2, more.size(), "one more model with its features, the same activations: " + more);
        assertTrue(more.entrySet().containsAll(files.entrySet()));
    }

    @Test
    void allTrainingPairsAreScoredIfAskedFor() {
        Outcome outcome =
                run(("explain --data generated --training 90 --epochs 1 --depth 20 --candidates all --work " + work)
                        .split(" "));
        assertTrue(outcome.out.contains("Scored 90 nearest of 90 training pairs"), outcome.out + outcome.err);
    }

    @Test
    void conjugateGradientReachesItsTolerance() {
        Outcome outcome = explain("--solver", "cg", "--sample", "16", "--damping", "300");
        assertEquals(0, outcome.exit, outcome.err);
        assertTrue(outcome.out.contains("measured on 16 training pairs"), outcome.out);
    }

    @Test
    void faissFindsTheCandidatesAndSaysHowManyItMissed() throws IOException {
        Outcome outcome = explain("--index", "IVF2,Flat");
        if (FaissIndex.isAvailable()) {
            assertEquals(0, outcome.exit, outcome.err);
            assertTrue(outcome.out.contains("Scored 40 nearest of 90"), outcome.out);
            assertTrue(
                    outcome.out.matches("(?s).*found by FAISS, IVF2,Flat: \\d+\\.\\d% of the 40 that.*"), outcome.out);
            Map<Path, FileTime> files = files();
            Path kept = files.keySet().stream()
                    .filter(file -> file.toString().endsWith(".faiss"))
                    .findFirst()
                    .orElseThrow();
            assertEquals(withoutTimings(outcome.out), withoutTimings(explain("--index", "IVF2,Flat").out));
            assertEquals(files, files(), "the index was found, not built anew");
            Files.writeString(kept, "no index");
            Outcome damaged = explain("--index", "IVF2,Flat");
            assertEquals(0, damaged.exit, damaged.err);
            assertEquals(withoutTimings(outcome.out), withoutTimings(damaged.out));
            assertTrue(Files.size(kept) > 1000, "the damaged index was built again");
        } else {
            assertEquals(2, outcome.exit);
            assertTrue(outcome.err.contains("apt-get install g++ libfaiss-dev"), outcome.err);
        }
        assertFalse(explain("--test", "3").out.contains("FAISS"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "explain --help", "train --help", "help explain"})
    void helpIsEverywhere(String arguments) {
        Outcome outcome = run(arguments.split(" "));
        assertEquals(0, outcome.exit);
        assertTrue(outcome.out.contains("Usage: fastif"), outcome.out);
    }

    @ParameterizedTest
    @CsvSource({
        "explain --data no/such/folder, no/such/folder",
        "explain --data generated --test 600, 599",
        "explain --data generated --test -1, --test",
        "explain --top 0, --top",
        "explain --data generated --candidates some, --candidates",
        "explain --data generated --candidates 2401, 2400",
        "explain --data generated --encoder elmo, bert-base",
        "explain --index Nope, Nope",
        "explain --damping -1, damping",
        "explain --batch 0, batchSize",
        "explain --scale 0, scale",
        "explain --premise alone, --hypothesis",
        "explain --premise a --hypothesis b --label maybe, maybe",
        "explain --training 0, --training",
        "explain --solver newton, newton",
        "conquer, conquer",
    })
    void wrongArgumentsAreNamed(String arguments, String named) throws IOException {
        List<String> all = new ArrayList<>(List.of(arguments.split(" ")));
        if (arguments.startsWith("explain")) {
            all.addAll(List.of("--work", work.toString()));
        }
        Outcome outcome = run(all.toArray(String[]::new));
        assertTrue(outcome.exit != 0, outcome.out);
        assertTrue(outcome.err.contains(named), outcome.err);
        assertFalse(outcome.err.contains("\tat "), "no stack trace: " + outcome.err);
        assertTrue(files().isEmpty(), "nothing is written before the arguments are checked");
    }

    @Test
    void malformedDataIsNamedByFileLineAndReason() throws IOException {
        Path data = Files.createDirectory(work.resolve("bad"));
        Files.writeString(data.resolve("train.tsv"), "pairID\tsentence1\tsentence2\tgold_label\n1\ta\tb\tperhaps\n");
        Files.writeString(
                data.resolve("dev_matched.tsv"), "pairID\tsentence1\tsentence2\tgold_label\n1\ta\tb\tneutral\n");
        Outcome outcome = run("explain", "--data", data.toString(), "--work", work.toString());
        assertTrue(outcome.exit != 0);
        assertTrue(outcome.err.contains("train.tsv"), outcome.err);
        assertTrue(outcome.err.contains("line 2"), outcome.err);
        assertTrue(outcome.err.contains("perhaps"), outcome.err);
    }

    private Outcome explain(String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "explain --data generated --training 90 --epochs 1 --depth 20 --candidates 40 --top 2".split(" ")));
        arguments.addAll(List.of("--work", work.toString()));
        arguments.addAll(List.of(more));
        return run(arguments.toArray(String[]::new));
    }

    private static Outcome run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine commandLine = Fastif.commandLine();
        int exit = commandLine
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
        return new Outcome(exit, out.toString(), err.toString());
    }

    private Map<Path, FileTime> files() throws IOException {
        Map<Path, FileTime> times = new TreeMap<>();
        try (Stream<Path> found = Files.walk(work)) {
            for (Path file : found.filter(Files::isRegularFile).toList()) {
                times.put(file, Files.getLastModifiedTime(file));
            }
        }
        return times;
    }

    private static String withoutTimings(String out) {
        return out.replaceAll("(Seconds|Memory):.*", "");
    }
}
