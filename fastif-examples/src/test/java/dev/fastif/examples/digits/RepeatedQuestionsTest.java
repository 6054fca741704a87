package dev.fastif.examples.digits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Questions leave nothing behind that waits for a collection of Java's heap, ask for none, and take no more memory when more
 * callers ask: in a JVM of 256 MB, where a vector of the parameters has 4.
 */
class RepeatedQuestionsTest {
    /** What a round may leave behind, in kilobytes: less than a vector of the parameters. */
    private static final long SLACK = 3_000;

    private static final int ROUNDS = 8;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({"topK, CG", "topK, AUTO", "explainAll, LISSA", "selfInfluences, CG"})
    void leaveNothingBehind(String question, String solver) throws Exception {
        List<Long> resident = resident(question, solver, 1, ROUNDS);
        // Something left by each round is in nearly every step; one or two large steps are Java's compiler at work.
        long[] steps = IntStream.range(ROUNDS / 2, ROUNDS)
                .mapToLong(round -> resident.get(round) - resident.get(round - 1))
                .sorted()
                .toArray();
        assertTrue(steps[1] < SLACK, () -> "kilobytes after each round: " + resident);
    }

    @Test
    void sixteenCallersShareTheMemoryOfAFew() throws Exception {
        long one = resident("topK", "CG", 1, 2).get(1);
        long sixteen = resident("topK", "CG", 16, 2).get(1);
        assertTrue(sixteen - one < 150_000, () -> one + " kB of one caller, " + sixteen + " of sixteen");
    }

    private List<Long> resident(String question, String solver, int callers, int rounds) throws Exception {
        assumeTrue(Files.exists(Path.of("/proc/self/status")), "no /proc here: memory is not measured");
        Path output = folder.resolve("output");
        ProcessBuilder builder = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xms256m",
                        "-Xmx256m",
                        "-XX:+AlwaysPreTouch",
                        "-XX:+UseSerialGC",
                        "-Xlog:gc",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                        "-cp",
                        System.getProperty("java.class.path"),
                        RepeatedQuestions.class.getName(),
                        question,
                        solver,
                        Integer.toString(callers),
                        Integer.toString(rounds)))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        // What glibc keeps for each of many threads is not ours to free.
        builder.environment().put("MALLOC_ARENA_MAX", "1");
        int status = builder.start().waitFor();
        String said = Files.readString(output, Charset.defaultCharset());
        assertEquals(0, status, said);
        assertFalse(said.contains("System.gc"), said);
        List<Long> resident = new ArrayList<>();
        said.lines()
                .filter(line -> line.startsWith("resident "))
                .forEach(line -> resident.add(Long.parseLong(line.substring("resident ".length()))));
        assertEquals(rounds, resident.size(), said);
        return resident;
    }
}
