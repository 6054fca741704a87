package dev.fastif.hvp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Numbers of any type of ND4J are numbers to any model, or are refused; none ends the JVM. */
class InputTypesTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"batches", "vectors"})
    void everyTypeAndLayoutGivesTheAnswerOfTheModelsOwn(String given) throws Exception {
        Path output = folder.resolve("output");
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx1g",
                        "-XX:-CreateCoredumpOnCrash",
                        "-XX:ErrorFile=" + folder.resolve("crash"),
                        "-Dfastif.types=" + System.getProperty("fastif.types", ""),
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                        "-cp",
                        System.getProperty("java.class.path"),
                        InputTypeProbe.class.getName(),
                        given))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        int status = process.waitFor();
        String said = Files.readString(output, Charset.defaultCharset());
        assertEquals(0, status, said);
        assertTrue(said.contains("held"), said);
    }
}
