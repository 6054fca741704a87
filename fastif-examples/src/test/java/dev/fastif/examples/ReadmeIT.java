package dev.fastif.examples;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The README's program with the README's dependencies and flags: a Maven project of its own, built from what was installed into
 * an otherwise empty local repository, on each JDK that is promised.
 */
class ReadmeIT {
    @ParameterizedTest
    @ValueSource(ints = {17, 25})
    void programRuns(int version) throws IOException, InterruptedException {
        InstalledJdk jdk = InstalledJdk.ofVersion(version).orElseGet(() -> skip(version));
        UserProject project = UserProject.create("readme/jdk-" + version, jdk);
        String readme = UserProject.readme();
        String template = Files.readString(Path.of("src/it/readme/src/main/java/Program.java"));
        project.write("src/main/java/Program.java", template.replace("// README", UserProject.block(readme, "java")));
        project.compile();
        List<String> flags = version < 24
                ? List.of()
                : List.of(UserProject.block(readme, "text").strip().split("\\s+"));
        String printed = project.java(flags, "Program");
        assertFalse(printed.contains("WARNING"), printed);
        List<String> lines =
                printed.lines().filter(line -> !line.startsWith("SLF4J")).toList();
        for (String line : lines.subList(0, lines.size() - 1)) {
            assertTrue(line.matches("record \\d+ of class [012]: [-+.\\dE]+"), line);
        }
        assertTrue(lines.size() > 3, printed);
        assertTrue(Double.parseDouble(lines.get(lines.size() - 1)) < 1e-3, printed);
    }

    private static InstalledJdk skip(int version) {
        String reason = String.format(
                "skipped: no JDK %d beside %s; JAVA_HOME_%d may name one",
                version, System.getProperty("java.home"), version);
        System.out.println("ReadmeIT on JDK " + version + " " + reason);
        return abort(reason);
    }
}
