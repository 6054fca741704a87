package dev.fastif.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script {@code fastif}, in a folder that looks like a built checkout, so that it runs the classes under test. */
class ScriptTest {
    private static final String RUNNING_JDK = System.getProperty("java.home");

    @TempDir
    private static Path folder;

    private static Path script;

    private record Outcome(int exit, String said) {}

    @BeforeAll
    static void build() throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "no /bin/sh here: the script is not run");
        Path home = Files.createDirectories(folder.resolve("a check out"));
        script = home.resolve("fastif");
        Files.copy(Path.of("..", "fastif"), script, StandardCopyOption.COPY_ATTRIBUTES);
        Files.createFile(home.resolve("pom.xml"));
        Path module = Files.createDirectories(home.resolve("fastif-examples"));
        Files.createFile(module.resolve("pom.xml"));
        Files.createDirectories(module.resolve("src/main"));
        Path target = Files.createDirectories(module.resolve("target"));
        Files.createDirectories(target.resolve("classes"));
        Files.writeString(target.resolve("classpath.txt"), System.getProperty("java.class.path"));
        Files.createFile(target.resolve("built"));
    }

    @Test
    void runsThroughLinks() throws Exception {
        Path bin = Files.createDirectories(folder.resolve("bin"));
        Path other = Files.createDirectories(folder.resolve("other bin"));
        Path absolute = Files.createSymbolicLink(bin.resolve("fastif"), script);
        Path relative = Files.createSymbolicLink(other.resolve("influence"), Path.of("../bin/fastif"));
        for (Path command : List.of(script, absolute, relative)) {
            Outcome outcome = run(command, RUNNING_JDK);
            assertEquals(0, outcome.exit, outcome.said);
            assertTrue(outcome.said.contains("Usage: fastif"), outcome.said);
        }
    }

    @Test
    void aJavaHomeWithoutJavaIsNamedAndTheRemedyWorks() throws Exception {
        String nowhere = folder.resolve("no jdk").toString();
        Outcome outcome = run(script, nowhere);
        assertEquals(1, outcome.exit, outcome.said);
        assertTrue(outcome.said.contains(nowhere + "/bin/java"), outcome.said);
        assertTrue(outcome.said.contains("JAVA_HOME must be the folder of a JDK (17 or later)"), outcome.said);
        assertEquals(0, run(script, RUNNING_JDK).exit);
        assertEquals(0, run(script, "").exit, "without JAVA_HOME the java of the path is used");
    }

    private static Outcome run(Path command, String javaHome) throws Exception {
        Path output = Files.createTempFile(folder, "output", "");
        ProcessBuilder builder = new ProcessBuilder(command.toString(), "--help")
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        Map<String, String> environment = builder.environment();
        environment.remove("JAVA_HOME");
        environment.merge("PATH", RUNNING_JDK + "/bin", (path, java) -> java + ":" + path);
        if (!javaHome.isEmpty()) {
            environment.put("JAVA_HOME", javaHome);
        }
        int exit = builder.start().waitFor();
        return new Outcome(exit, Files.readString(output, Charset.defaultCharset()));
    }
}
