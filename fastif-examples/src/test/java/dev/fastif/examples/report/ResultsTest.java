package dev.fastif.examples.report;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ResultsTest {
    private static final int UNITS = 60;

    record Unit(String name, double value, List<Double> more) {}

    private final Path folder;

    ResultsTest(@TempDir Path folder) {
        this.folder = folder;
    }

    /** An experiment of 60 units; what is asked for in the end depends on all of them. */
    static double experiment(Path file, Runnable beforeEach) {
        double sum = 0;
        try (Results results = Results.open(file, settings(1))) {
            for (int i = 0; i < UNITS; i++) {
                int unit = i;
                sum += results.of("unit " + i, Unit.class, () -> {
                            beforeEach.run();
                            double value = new Random(unit).nextGaussian();
                            return new Unit("\u00e9t\u00e9 " + unit, value, List.of(1 / 3.0, Double.NaN, value));
                        })
                        .value();
            }
        }
        return sum;
    }

    private static Map<String, Object> settings(int seed) {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("experiment", "test");
        settings.put("seed", seed);
        settings.put("damping", 50.0);
        return settings;
    }

    @Test
    void cutOffAnywhereItGoesOnAndGivesTheSameFile() throws IOException {
        Path whole = folder.resolve("whole.jsonl");
        double sum = experiment(whole, () -> {});
        byte[] expected = Files.readAllBytes(whole);
        Random random = new Random(4);
        for (int i = 0; i < 60; i++) {
            Path cut = folder.resolve("cut.jsonl");
            int length = i < 10 ? i : random.nextInt(expected.length);
            Files.write(cut, Arrays.copyOf(expected, length));
            assertEquals(sum, experiment(cut, () -> {}), "cut after " + length + " bytes");
            assertArrayEquals(expected, Files.readAllBytes(cut), "cut after " + length + " bytes");
        }
    }

    @Test
    void whatIsOnFileIsNotDoneAgain() {
        Path file = folder.resolve("a.jsonl");
        experiment(file, () -> {});
        experiment(file, () -> {
            throw new IllegalStateException("done again");
        });
        try (Results results = Results.open(file, settings(1))) {
            assertEquals(UNITS, results.found());
            assertTrue(results.has("unit 0"));
        }
    }

    /** A JVM of its own is killed at random moments until it is done. */
    @Test
    void killedAtRandomMomentsItGivesTheSameFile() throws Exception {
        Path whole = folder.resolve("whole.jsonl");
        experiment(whole, () -> {});
        Path file = folder.resolve("killed.jsonl");
        Random random = new Random();
        int kills = 0;
        for (boolean done = false; !done; ) {
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx128m",
                            "-cp",
                            System.getProperty("java.class.path"),
                            ResultsTest.class.getName(),
                            file.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("log").toFile())
                    .start();
            // later each time: on a busy machine a JVM may take longer than that to start
            done = process.waitFor(400 + random.nextInt(900) + 50L * kills, TimeUnit.MILLISECONDS);
            if (done) {
                assertEquals(0, process.exitValue(), Files.readString(folder.resolve("log")));
            } else {
                kills++;
                process.destroyForcibly().waitFor();
            }
            assertTrue(kills < 200, "the experiment never gets to its end");
        }
        assertTrue(kills > 0, "the experiment was over before it could be killed");
        assertArrayEquals(Files.readAllBytes(whole), Files.readAllBytes(file), "after " + kills + " kills");
    }

    /** The process that is killed: some 30 ms a unit. */
    public static void main(String... arguments) {
        experiment(new File(arguments[0]).toPath(), () -> {
            try {
                Thread.sleep(30);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @Test
    void otherSettingsAreNamed() {
        Path file = folder.resolve("a.jsonl");
        Results.open(file, settings(1)).close();
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> Results.open(file, settings(2)));
        assertTrue(String.valueOf(e.getMessage()).contains("seed was 1 and is 2"), e.getMessage());
        assertTrue(String.valueOf(e.getMessage()).contains("--restart"), e.getMessage());
        assertTrue(!String.valueOf(e.getMessage()).contains("damping"), e.getMessage());
    }

    @Test
    void damagedFilesAndForeignOnesAreNamed() throws IOException {
        Path file = folder.resolve("a.jsonl");
        experiment(file, () -> {});
        List<String> lines = Files.readAllLines(file);
        lines.set(7, "{broken");
        Files.write(file, lines);
        IllegalStateException damaged =
                assertThrows(IllegalStateException.class, () -> Results.open(file, settings(1)));
        assertTrue(String.valueOf(damaged.getMessage()).contains("line 8"), damaged.getMessage());
        Files.writeString(file, "{\"a\": 1}\n");
        IllegalStateException foreign =
                assertThrows(IllegalStateException.class, () -> Results.open(file, settings(1)));
        assertTrue(String.valueOf(foreign.getMessage()).contains("settings"), foreign.getMessage());
    }

    @Test
    void twoRunsDoNotWriteTheSameFile() {
        Path file = folder.resolve("a.jsonl");
        try (Results first = Results.open(file, settings(1))) {
            assertEquals(0, first.found());
            IllegalStateException e = assertThrows(IllegalStateException.class, () -> Results.open(file, settings(1)));
            assertTrue(String.valueOf(e.getMessage()).contains("another run"), e.getMessage());
        }
    }
}
