package dev.fastif.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** No test passes over NaN. ND4J's largest numbers do, wherever one stands: {@code TestArrays.largest} does not. */
class ComparisonsTest {
    private static final Pattern PASSES_OVER_NAN = Pattern.compile("\\.(a?max|normmax)Number\\(");

    @Test
    void noTestComparesByTheLargestNumberThatNd4jFinds() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of(".."))) {
            List<Path> found = files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> file.toString().replace('\\', '/').matches(".*/src/test(Fixtures)?/.*"))
                    .filter(file -> PASSES_OVER_NAN.matcher(read(file)).find())
                    .toList();
            assertEquals(List.of(), found);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
