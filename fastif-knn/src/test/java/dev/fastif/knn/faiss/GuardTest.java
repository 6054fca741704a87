package dev.fastif.knn.faiss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Nothing that a caller can do ends the JVM or is answered by nonsense. What could is done in a JVM of its own, by
 * {@link GuardProbe}, with each of the libraries.
 */
@RequiresFaiss
class GuardTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "generic, arguments",
        "generic, factories",
        "generic, files",
        "generic, full",
        "generic, threads",
        "generic, memory",
        "generic, structure",
        "avx2, structure",
        "avx2, arguments",
        "avx2, factories",
        "avx2, threads"
    })
    void theJvmLives(String library, String probes) throws Exception {
        assumeTrue(runs(library), () -> "no " + library + " library that runs here");
        Path output = folder.resolve("output");
        List<String> java = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-XX:-CreateCoredumpOnCrash",
                "-XX:ErrorFile=" + folder.resolve("crash"),
                "-D" + FaissNative.PROPERTY + "=" + library,
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "-cp",
                System.getProperty("java.class.path"),
                (probes.equals("structure") ? StructureProbe.class : GuardProbe.class).getName()));
        if (!probes.equals("structure")) {
            java.add(probes);
        }
        java.add(folder.toString());
        if (probes.equals("full")) {
            // no file may grow beyond 200 kB: what a full disk looks like to a program
            java.addAll(0, List.of("sh", "-c", "ulimit -f 400; exec \"$@\"", "sh"));
        }
        Process process = new ProcessBuilder(java)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        int status = process.waitFor();
        String said = Files.readString(output, Charset.defaultCharset());
        assertEquals(0, status, said);
        assertTrue(said.contains("all held"), said);
    }

    private static boolean runs(String library) {
        FaissNative.Variant variant = FaissNative.Variant.valueOf(library.toUpperCase(Locale.ROOT));
        return FaissNative.isUsable(variant);
    }
}
