package dev.fastif.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** A JDK of this machine. */
record InstalledJdk(Path home) {
    /** The running one, that of {@code JAVA_HOME_25} (say), or one that lies beside the running one. */
    static Optional<InstalledJdk> ofVersion(int version) throws IOException {
        Path running = Path.of(System.getProperty("java.home")).toRealPath();
        String named = System.getenv("JAVA_HOME_" + version);
        try (Stream<Path> beside = Files.list(running.resolveSibling("."))) {
            return Stream.concat(
                            named == null ? Stream.of(running) : Stream.of(running, Path.of(named)), beside.sorted())
                    .map(InstalledJdk::new)
                    .filter(jdk -> Files.isRegularFile(jdk.home.resolve("bin/javac")) && jdk.version() == version)
                    .findFirst();
        }
    }

    /** As its file {@code release} says; 0 if it does not. */
    private int version() {
        try (Stream<String> lines = Files.lines(home.resolve("release"))) {
            return lines.filter(line -> line.startsWith("JAVA_VERSION="))
                    .map(line -> line.replaceAll("\\D*(\\d+).*", "$1"))
                    .mapToInt(Integer::parseInt)
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            return 0;
        }
    }

    String java() {
        return home.resolve("bin/java").toString();
    }
}
