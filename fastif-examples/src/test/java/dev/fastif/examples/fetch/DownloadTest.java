package dev.fastif.examples.fetch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Downloads from nowhere: the content is handed over by the test. */
final class DownloadTest {
    private static final URI ADDRESS = URI.create("https://example.org/archive.zip");

    private final Path folder;

    DownloadTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @Test
    void putsWantedMembersInPlaceAndNothingElse() throws Exception {
        byte[] content = zip("a/train.jsonl", "a/../../evil.txt", "a/dev.jsonl");
        List<Long> heard = new ArrayList<>();
        download(content, Map.of("a/train.jsonl", "mnli/train.jsonl", "a/dev.jsonl", "mnli/dev.jsonl"))
                .into(folder, address -> new ByteArrayInputStream(content), (done, total) -> heard.add(done));
        assertEquals("content of a/dev.jsonl", Files.readString(folder.resolve("mnli/dev.jsonl")));
        assertEquals(List.of("mnli/dev.jsonl", "mnli/train.jsonl"), files());
        assertEquals(content.length, heard.get(heard.size() - 1));
    }

    @Test
    void aFileThatIsNoArchiveIsTakenAsItIs() throws Exception {
        byte[] content = "plain".getBytes(StandardCharsets.UTF_8);
        download(content, Map.of("", "hans/set.txt"))
                .into(folder, address -> new ByteArrayInputStream(content), (done, total) -> {});
        assertEquals("plain", Files.readString(folder.resolve("hans/set.txt")));
    }

    @Test
    void aWrongChecksumLeavesNothingBehind() throws Exception {
        byte[] content = zip("a/train.jsonl");
        Download download = download(content, Map.of("a/train.jsonl", "train.jsonl"));
        byte[] cut = java.util.Arrays.copyOf(content, content.length - 1);
        UncheckedIOException e = assertThrows(
                UncheckedIOException.class,
                () -> download.into(folder, address -> new ByteArrayInputStream(cut), (done, total) -> {}));
        assertTrue(String.valueOf(e.getMessage()).contains("SHA-256"), e.getMessage());
        assertTrue(String.valueOf(e.getMessage()).contains(ADDRESS.toString()), e.getMessage());
        assertEquals(List.of(), files());
    }

    @Test
    void aMissingMemberIsNamed() throws Exception {
        byte[] content = zip("a/train.jsonl");
        Download download = download(content, Map.of("a/dev.jsonl", "dev.jsonl"));
        UncheckedIOException e = assertThrows(
                UncheckedIOException.class,
                () -> download.into(folder, address -> new ByteArrayInputStream(content), (done, total) -> {}));
        assertTrue(String.valueOf(e.getMessage()).contains("a/dev.jsonl"), e.getMessage());
    }

    @Test
    void theTableIsWellFormed() {
        for (Archive archive : Archive.values()) {
            assertTrue(archive.bytes() > 1_000_000, archive.name());
            for (Download download : archive.downloads()) {
                assertEquals("https", download.address().getScheme());
                assertTrue(download.sha256().matches("[0-9a-f]{64}"), archive.name());
                assertFalse(download.members().isEmpty());
            }
        }
    }

    private List<String> files() throws IOException {
        try (Stream<Path> found = Files.walk(folder)) {
            return found.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    private static Download download(byte[] content, Map<String, String> members) throws GeneralSecurityException {
        String sha256 =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        return new Download(ADDRESS, content.length, sha256, members);
    }

    private static byte[] zip(String... names) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (String name : names) {
                zip.putNextEntry(new ZipEntry(name));
                zip.write(("content of " + name).getBytes(StandardCharsets.UTF_8));
            }
        }
        return bytes.toByteArray();
    }
}
