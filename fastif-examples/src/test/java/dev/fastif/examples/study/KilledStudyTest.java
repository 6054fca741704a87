package dev.fastif.examples.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.CurvatureMatrix;
import dev.fastif.examples.report.Results;
import dev.fastif.hvp.autodiff.GraphModel;
import dev.fastif.knn.ExactIndex;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** All experiments, one after the other in a JVM of their own, which is killed at random moments until it comes to its end. */
final class KilledStudyTest {
    private static final int LONGEST = 120;
    private static final StudyListener SILENT = (done, total) -> {};

    @Test
    void givesTheSameResultsAsOneThatWasNot(@TempDir Path folder) throws Exception {
        Path whole = folder.resolve("whole");
        long start = System.nanoTime();
        assertTrue(finished(whole, folder, LONGEST * 1000), "an undisturbed run takes more than two minutes");
        int undisturbed = (int) ((System.nanoTime() - start) / 1_000_000);
        Path killed = folder.resolve("killed");
        Random random = new Random();
        int kills = 0;
        while (!finished(killed, folder, undisturbed / 3 + random.nextInt(undisturbed / 2))) {
            kills++;
            assertTrue(kills < 60, "the experiments never get to their end");
        }
        System.out.println("killed " + kills + " times");
        for (String name : studies(new PlantedTask()).keySet()) {
            assertEquals(
                    withoutTimes(whole.resolve(name)), withoutTimes(killed.resolve(name)), name + " after " + kills);
        }
    }

    /** Times are measured anew, and the checksums of lines that hold them; all else must be the same. */
    private static String withoutTimes(Path file) throws Exception {
        return Files.readString(file)
                .replaceAll("\"(seconds|start|solve|step|example|search)\":[0-9.E-]+", "")
                .replaceAll("\t[0-9a-f]{8}\n", "\n");
    }

    private static boolean finished(Path results, Path folder, int millis) throws Exception {
        Path log = folder.resolve("log");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        KilledStudyTest.class.getName(),
                        results.toString())
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
        studies(new PlantedTask()).forEach((name, study) -> {
            try (Results results = Results.open(Path.of(arguments[0], name), Map.of("experiment", name))) {
                study.accept(results);
            }
        });
    }

    private static Map<String, Consumer<Results>> studies(PlantedTask planted) {
        Map<String, Consumer<Results>> studies = new LinkedHashMap<>();
        studies.put("recall", results -> new RecallStudy(
                        planted.task, planted.influence, new RecallStudy.Settings(10, List.of(6), List.of(10, 40)))
                .run(results, SILENT));
        studies.put("tradeoff", results -> new TradeoffStudy(
                        planted.task,
                        CurvatureMatrix.GAUSS_NEWTON,
                        new TradeoffStudy.Settings(2, List.of(10, 50), List.of(1, 4), List.of(1, 4), 0.1, 10, 0))
                .run(results, SILENT));
        studies.put("correlation", results -> planted.correlation(4).run(results, SILENT));
        studies.put("retrain", results -> new RetrainStudy(
                        planted.task,
                        planted::trainedWithout,
                        planted.influence,
                        new RetrainStudy.Settings(2, List.of(1, 6), List.of(0, 40), 0))
                .run(results, SILENT));
        studies.put("simulate", results -> new SimulationStudy(
                        planted.task,
                        simulator(planted),
                        List.of("0", "1"),
                        planted.influence,
                        new SimulationStudy.Settings(6, 3, 5, -3, 0, 0))
                .run(results, SILENT));
        studies.put("visualize", results -> new InteractionStudy(planted.task, planted.influence)
                .run(
                        IntStream.range(0, 8)
                                .mapToObj(i -> new InteractionStudy.Node(i, "slice " + i % 2))
                                .toList(),
                        results,
                        SILENT));
        studies.put("correct", results -> new CorrectionStudy(
                        planted.task,
                        planted.training,
                        List.of(new CorrectionStudy.Slice("reversed", planted.validation, planted.test)),
                        planted.influence,
                        new CorrectionStudy.Settings(6, 10, 6, 0.3, 2, 0))
                .run(results, SILENT));
        studies.put("speed", results -> {
            SpeedStudy speed = new SpeedStudy(
                    planted.task,
                    CurvatureMatrix.GAUSS_NEWTON,
                    ExactIndex.of(planted.model.features(planted.training.batch(
                            IntStream.range(0, PlantedTask.TRAINING).toArray()))),
                    new SpeedStudy.Settings(2, 20, 8, 2, 2, 2, 5, 20, 10, 20, 0));
            speed.prepare(results);
            speed.run(results, SILENT);
        });
        return studies;
    }

    private static GraphModel simulator(PlantedTask planted) {
        GraphModel simulator = planted.untrained();
        PlantedTask.FINE_TUNING.train(
                simulator,
                Relabelled.predicted(planted.training, Predictions.of(planted.model, planted.training)),
                (done, total) -> {});
        return simulator;
    }
}
