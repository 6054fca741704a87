package dev.fastif.examples.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fastif.hvp.autodiff.frozen.FrozenActivations;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** No file of the process may grow beyond 200 kB, which is what a full disk looks like to a program. FAISS's files: GuardTest. */
class FullDiskTest {
    @TempDir
    private Path folder;

    @Test
    void everyKindOfFileSaysSoAndKeepsWhatWasThere() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "no /bin/sh here: nothing limits the size of files");
        FullDisk.kinds(folder, false).values().forEach(Runnable::run);
        String page = Files.readString(folder.resolve("page.html"));
        List<String> said = limited();
        for (String kind : FullDisk.kinds(folder, false).keySet()) {
            String line = said.stream()
                    .filter(text -> text.startsWith(kind + ":"))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError(kind + " is missing: " + said));
            assertTrue(line.contains(folder.toString()), line);
            assertTrue(line.contains("File too large"), line);
            assertTrue(line.contains("is there room"), line);
        }
        assertTrue(said.contains("done"), () -> said.toString());

        INDArray kept = FullDisk.array(folder).read(DataType.FLOAT, 10);
        assertEquals(Nd4j.ones(DataType.FLOAT, 10), kept);
        assertEquals(page, Files.readString(folder.resolve("page.html")));
        try (Stream<Path> files = Files.list(folder)) {
            assertTrue(files.noneMatch(file -> file.toString().endsWith(".part") && isOf(file, "page")));
        }
        // once there is room, each goes on
        FullDisk.kinds(folder, true).values().forEach(Runnable::run);
        assertEquals(Nd4j.ones(DataType.FLOAT, 100_000), FullDisk.array(folder).read(DataType.FLOAT, 100_000));
        try (FrozenActivations many = FullDisk.activations(folder, true)) {
            assertEquals(2_000, many.size());
        }
        FullDisk.results(folder, true);
    }

    private static boolean isOf(Path file, String name) {
        return file.getFileName().toString().startsWith(name);
    }

    private List<String> limited() throws Exception {
        Path output = folder.resolve("output");
        int status = new ProcessBuilder(
                        "sh",
                        "-c",
                        "ulimit -f 400; exec \"$@\"",
                        "sh",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                        "-cp",
                        System.getProperty("java.class.path"),
                        FullDisk.class.getName(),
                        folder.toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start()
                .waitFor();
        List<String> said = Files.readAllLines(output, Charset.defaultCharset());
        assertEquals(0, status, () -> said.toString());
        return said;
    }
}
