package dev.fastif.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The README's program with the README's dependencies and flags: a Maven project of its own, built from what was installed into
 * an otherwise empty local repository, on each JDK that is promised.
 */
class ReadmeIT {
    private static final Path TEMPLATE = Path.of("src/it/readme");
    private static final Path TARGET = Path.of("target").toAbsolutePath();

    @ParameterizedTest
    @ValueSource(ints = {17, 25})
    void programRuns(int version) throws IOException, InterruptedException {
        InstalledJdk jdk = InstalledJdk.ofVersion(version).orElseGet(() -> skip(version));
        Path project = Files.createDirectories(TARGET.resolve("readme/jdk-" + version));
        String readme = Files.readString(Path.of("../README.md"));
        Files.createDirectories(project.resolve(".mvn")); // or Maven would take our build's flags
        String dependencies = block(readme, "xml").replace("linux-x86_64", property("fastif.platform"));
        write(project, "pom.xml", "<!-- README -->", dependencies);
        write(project, "src/main/java/Program.java", "// README", block(readme, "java"));
        run(project, jdk, maven());

        List<String> java = new ArrayList<>(List.of(jdk.java()));
        if (version >= 24) {
            java.addAll(Arrays.asList(block(readme, "text").strip().split("\\s+")));
        }
        String classPath = Files.readString(project.resolve("target/classpath.txt"));
        java.addAll(List.of("-cp", project.resolve("target/classes") + File.pathSeparator + classPath, "Program"));
        String printed = run(project, jdk, java);
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

    /** The first block of this kind in the README's section on programs. */
    private static String block(String readme, String kind) {
        String section = readme.substring(readme.indexOf("## In your own program"));
        String begin = "```" + kind + "\n";
        int start = section.indexOf(begin) + begin.length();
        return section.substring(start, section.indexOf("```", start));
    }

    private static void write(Path project, String file, String mark, String block) throws IOException {
        Path target = project.resolve(file);
        Files.createDirectories(target.getParent());
        Files.writeString(target, Files.readString(TEMPLATE.resolve(file)).replace(mark, block));
    }

    private static List<String> maven() {
        boolean windows = System.getProperty("os.name").startsWith("Windows");
        List<String> command = new ArrayList<>();
        command.add(Path.of(property("fastif.maven"), "bin", windows ? "mvn.cmd" : "mvn")
                .toString());
        command.addAll(List.of("-B", "-q", "-Dmaven.repo.local=" + TARGET.resolve("repository")));
        // plugins, which are not installed by us, are taken from where the build found them
        command.add("-Dmaven.repo.local.tail=" + property("fastif.localRepository"));
        command.add("compile");
        return command;
    }

    private static String property(String name) {
        return System.getProperty(name, "");
    }

    private static String run(Path folder, InstalledJdk jdk, List<String> command)
            throws IOException, InterruptedException {
        Path log = folder.resolve("log.txt");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().put("JAVA_HOME", jdk.home().toString());
        builder.environment().keySet().removeIf(name -> name.startsWith("MAVEN_") || name.equals("JAVA_TOOL_OPTIONS"));
        Process process = builder.start();
        if (!process.waitFor(10, TimeUnit.MINUTES)) {
            process.destroyForcibly();
        }
        String printed = Files.readString(log);
        assertEquals(0, process.waitFor(), () -> command + " failed:\n" + printed);
        return printed;
    }
}
