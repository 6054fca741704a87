package dev.fastif.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A Maven project such as a user has, with the README's dependencies: built from what was installed into an otherwise empty local
 * repository.
 *
 * @param folder of the project
 * @param jdk that it is built and run with
 */
record UserProject(Path folder, InstalledJdk jdk) {
    private static final Path TEMPLATE = Path.of("src/it/readme");
    private static final Path TARGET = Path.of("target").toAbsolutePath();

    /** A project without sources, in a folder of this name. */
    static UserProject create(String name, InstalledJdk jdk) throws IOException {
        UserProject project = new UserProject(Files.createDirectories(TARGET.resolve(name)), jdk);
        Files.createDirectories(project.folder.resolve(".mvn")); // or Maven would take our build's flags
        String dependencies = block(readme(), "xml").replace("linux-x86_64", property("fastif.platform"));
        String pom = Files.readString(TEMPLATE.resolve("pom.xml")).replace("<!-- README -->", dependencies);
        project.write("pom.xml", pom);
        return project;
    }

    static String readme() throws IOException {
        return Files.readString(Path.of("../README.md"));
    }

    /** The first block of this kind in the README's section on programs. */
    static String block(String readme, String kind) {
        String section = readme.substring(readme.indexOf("## In your own program"));
        String begin = "```" + kind + "\n";
        int start = section.indexOf(begin) + begin.length();
        return section.substring(start, section.indexOf("```", start));
    }

    void write(String file, String text) throws IOException {
        Path target = folder.resolve(file);
        Files.createDirectories(target.getParent());
        Files.writeString(target, text);
    }

    void compile() throws IOException, InterruptedException {
        boolean windows = System.getProperty("os.name").startsWith("Windows");
        List<String> command = new ArrayList<>();
        command.add(Path.of(property("fastif.maven"), "bin", windows ? "mvn.cmd" : "mvn")
                .toString());
        command.addAll(List.of("-B", "-q", "-Dmaven.repo.local=" + TARGET.resolve("repository")));
        // plugins, which are not installed by us, are taken from where the build found them
        command.add("-Dmaven.repo.local.tail=" + property("fastif.localRepository"));
        command.add("compile");
        run(command, 0);
    }

    /** Runs a class, and returns what it prints. */
    String java(List<String> flags, String main) throws IOException, InterruptedException {
        return run(command(flags, main), 0);
    }

    /** Runs a class that ends by an exception, and returns what it prints. */
    String failingJava(String main) throws IOException, InterruptedException {
        return run(command(List.of(), main), 1);
    }

    private List<String> command(List<String> flags, String main) throws IOException {
        List<String> command = new ArrayList<>(List.of(jdk.java()));
        command.addAll(flags);
        String classPath = Files.readString(folder.resolve("target/classpath.txt"));
        command.addAll(List.of("-cp", folder.resolve("target/classes") + File.pathSeparator + classPath, main));
        return command;
    }

    private static String property(String name) {
        return System.getProperty(name, "");
    }

    private String run(List<String> command, int status) throws IOException, InterruptedException {
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
        assertEquals(status, process.waitFor(), () -> command + " ended otherwise:\n" + printed);
        return printed;
    }
}
