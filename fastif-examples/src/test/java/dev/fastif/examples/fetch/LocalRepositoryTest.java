package dev.fastif.examples.fetch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LocalRepositoryTest {
    private static final URI CENTRAL = URI.create("https://repo1.maven.org/maven2/org/example/a/1/a-1.jar");
    private static final URI ELSEWHERE = URI.create("https://example.org/org/example/a/1/a-1.jar");

    @Test
    void opensWhatIsInTheRepositoryAndAsksForTheRest(@TempDir Path root) throws IOException {
        LocalRepository repository = new LocalRepository(
                root, address -> new ByteArrayInputStream("fetched".getBytes(StandardCharsets.UTF_8)));
        assertEquals("fetched", content(repository, CENTRAL));
        Path file = root.resolve("org/example/a/1/a-1.jar");
        Files.createDirectories(file.getParent());
        Files.writeString(file, "local");
        assertEquals(Optional.of(file), repository.find(CENTRAL));
        assertEquals("local", content(repository, CENTRAL));
        assertEquals("fetched", content(repository, ELSEWHERE));
    }

    private static String content(LocalRepository repository, URI address) throws IOException {
        try (var in = repository.open(address)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
