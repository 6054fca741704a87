package dev.fastif.hvp.dl4j;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The messages by which networks and batches are refused, as docs/MODELS.md lists them: "…" stands for anything. */
final class Refusals {
    private static final Path FILE = Path.of("../docs/MODELS.md");
    private static final String BEGIN = "| what the message says |";

    private Refusals() {}

    /** What is listed of a message; of a layer without a rule its name. */
    static Optional<String> listed(String message) {
        return Stream.concat(
                        Unruled.all().keySet().stream().flatMap(List::stream).filter(name -> isNamed(name, message)),
                        patterns().filter(text -> pattern(text).matcher(message).find()))
                .findFirst();
    }

    private static boolean isNamed(String name, String message) {
        return message.contains("no exact derivatives")
                && Pattern.compile("\\b" + name + "\\b").matcher(message).find();
    }

    private static Stream<String> patterns() {
        try {
            return Files.readString(FILE)
                    .transform(text -> text.substring(text.indexOf(BEGIN)))
                    .lines()
                    .skip(2)
                    .takeWhile(line -> line.startsWith("|"))
                    .map(line -> line.split("\\|", -1)[1].strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Pattern pattern(String text) {
        return Pattern.compile(
                Arrays.stream(text.split("…", -1)).map(Pattern::quote).collect(Collectors.joining(".*")),
                Pattern.DOTALL);
    }
}
