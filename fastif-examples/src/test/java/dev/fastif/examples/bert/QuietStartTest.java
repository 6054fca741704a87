package dev.fastif.examples.bert;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.LoggerFactory;

/** A fresh JVM with the module's own logging settings, which the build overrides for the tests beside this one. */
class QuietStartTest {

    @Test
    void startingTokenizerAndNd4jShowsOurLogAlone(@TempDir Path folder) throws IOException, InterruptedException {
        Path output = folder.resolve("output");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xmx1g");
        // What newer JDKs want for native access; neither the build's logging settings nor its agents.
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(flag -> flag.startsWith("--enable-native-access") || flag.startsWith("--sun-misc"))
                .forEach(command::add);
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        command.addAll(List.of("-cp", classPath, Start.class.getName()));
        ProcessBuilder child = new ProcessBuilder(command).redirectErrorStream(true);
        child.redirectOutput(output.toFile());
        child.environment().remove("JAVA_TOOL_OPTIONS");
        assertEquals(0, child.start().waitFor(), () -> read(output));
        assertEquals(
                "INFO QuietStartTest$Start - ready with 3 tokens", read(output).strip());
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** What the child runs. */
    static final class Start {
        public static void main(String[] arguments) {
            try (PairTokenizer tokenizer = PairTokenizer.open()) {
                int tokens = tokenizer.encode("", "").length();
                double sum = Nd4j.ones(tokens).sumNumber().doubleValue();
                LoggerFactory.getLogger(Start.class).info("ready with {} tokens", (int) sum);
            }
        }
    }
}
