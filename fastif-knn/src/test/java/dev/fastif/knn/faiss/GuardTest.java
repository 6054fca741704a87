package dev.fastif.knn.faiss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
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
        "generic, memory arguments factories files threads structure",
        "generic, full",
        "avx2, arguments factories threads structure"
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
                GuardProbe.class.getName(),
                folder.toString()));
        java.addAll(Arrays.asList(probes.split(" ", -1)));
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
        String end = said.substring(Math.max(0, said.length() - 10_000));
        assertEquals(0, status, end);
        assertTrue(said.contains("all held"), end);
    }

    private static boolean runs(String library) {
        FaissNative.Variant variant = FaissNative.Variant.valueOf(library.toUpperCase(Locale.ROOT));
        return FaissNative.isUsable(variant);
    }
}
