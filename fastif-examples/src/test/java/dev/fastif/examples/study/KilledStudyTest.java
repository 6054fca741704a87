package dev.fastif.examples.study;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.examples.report.Results;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An experiment in a JVM of its own is killed at random moments until it comes to its end. */
final class KilledStudyTest {
    private static final int LONGEST = 60;

    @Test
    void givesTheSameResultsAsOneThatWasNot(@TempDir Path folder) throws Exception {
        Path whole = folder.resolve("whole.jsonl");
        long start = System.nanoTime();
        assertTrue(finished(whole, folder, LONGEST * 1000), "an undisturbed run takes more than a minute");
        int undisturbed = (int) ((System.nanoTime() - start) / 1_000_000);
        Path file = folder.resolve("killed.jsonl");
        Random random = new Random();
        int kills = 0;
        while (!finished(file, folder, undisturbed / 3 + random.nextInt(undisturbed))) {
            kills++;
            assertTrue(kills < 60, "the experiment never gets to its end");
        }
        System.out.println("killed " + kills + " times");
        assertArrayEquals(Files.readAllBytes(whole), Files.readAllBytes(file), "after " + kills + " kills");
    }

    private static boolean finished(Path file, Path folder, int millis) throws Exception {
        Path log = folder.resolve("log");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        KilledStudyTest.class.getName(),
                        file.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        if (process.waitFor(millis, TimeUnit.MILLISECONDS)) {
            assertEquals(0, process.exitValue(), Files.readString(log));
            return true;
        }
        process.destroyForcibly().waitFor();
        return false;
    }

    /** The process that is killed. */
    public static void main(String... arguments) {
        PlantedTask planted = new PlantedTask();
        CorrectionStudy study = new CorrectionStudy(
                planted.task,
                planted.training,
                List.of(new CorrectionStudy.Slice("reversed", planted.validation, planted.test)),
                planted.influence,
                new CorrectionStudy.Settings(6, 10, 6, 0.3, 3, 0));
        try (Results results = Results.open(Path.of(arguments[0]), Map.of("experiment", "test"))) {
            study.run(results, (done, total) -> {});
        }
    }
}
