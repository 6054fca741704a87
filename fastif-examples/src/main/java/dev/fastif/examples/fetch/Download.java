package dev.fastif.examples.fetch;

import dev.fastif.core.internal.store.WholeFile;
import java.io.BufferedInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * A published file, and where its content goes. Immutable and thread-safe.
 *
 * @param address where it is published
 * @param bytes its size
 * @param sha256 its checksum, in hexadecimal digits
 * @param members for each wanted member of a zip archive the path to put it at, relative to the data folder; for a file
 *     that is no archive the path of the one member {@code ""}
 */
public record Download(URI address, long bytes, String sha256, Map<String, String> members) {
    private static final String ITSELF = "";
    private static final int BUFFER = 1 << 16;

    /** Copies the map. */
    public Download {
        members = Map.copyOf(members);
    }

    /** Opens an address. */
    @FunctionalInterface
    public interface Opener {
        /** The content behind the address. */
        InputStream open(URI address) throws IOException;
    }

    /** Hears of the bytes that have arrived. */
    @FunctionalInterface
    public interface Listener {
        /** {@code done} of {@code total} bytes are here. */
        void arrived(long done, long total);
    }

    /**
     * Fetches the file, checks it, and puts its content in place. Files appear under their names only when everything is
     * there and the checksum is right.
     *
     * @param folder the data folder
     * @throws UncheckedIOException if it cannot be fetched or written, or its checksum is wrong
     */
    public void into(Path folder, Opener opener, Listener listener) {
        try {
            Files.createDirectories(folder);
            Path partial = Files.createTempFile(folder, "fetching", ".part");
            try {
                fetch(partial, opener, listener);
                if (members.containsKey(ITSELF)) {
                    put(partial, folder.resolve(members.getOrDefault(ITSELF, "")));
                } else {
                    unpack(partial, folder);
                }
            } finally {
                Files.deleteIfExists(partial);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Could not fetch " + address + " into " + folder + ": " + e.getMessage(), e);
        }
    }

    private void fetch(Path target, Opener opener, Listener listener) throws IOException {
        MessageDigest digest = newDigest();
        try (InputStream in = new DigestInputStream(opener.open(address), digest);
                OutputStream out = new FileOutputStream(target.toFile())) {
            byte[] buffer = new byte[BUFFER];
            long done = 0;
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                out.write(buffer, 0, n);
                done += n;
                if (done > bytes) {
                    throw new IOException(
                            "more arrives than the " + bytes + " bytes that it should have: the publisher has"
                                    + " changed the file; fetch and check it by hand");
                }
                if (Thread.currentThread().isInterrupted()) {
                    throw new InterruptedIOException("interrupted after " + done + " of " + bytes + " bytes");
                }
                listener.arrived(done, bytes);
            }
        }
        String found = HexFormat.of().formatHex(digest.digest());
        if (!found.equals(sha256)) {
            throw new IOException("its SHA-256 is " + found + " and should be " + sha256 + ", with " + bytes
                    + " bytes; " + Files.size(target)
                    + " arrived. Try again; if it stays so, the publisher has changed the file: fetch and check it by"
                    + " hand");
        }
    }

    private void unpack(Path archive, Path folder) throws IOException {
        Set<String> missing = new HashSet<>(members.keySet());
        try (ZipInputStream zip = new ZipInputStream(new BufferedInputStream(Files.newInputStream(archive)))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                String target = members.get(entry.getName());
                if (target != null) {
                    Path file = folder.resolve(target);
                    Files.createDirectories(file.toAbsolutePath().getParent());
                    WholeFile.write(file, partial -> Files.copy(zip, partial));
                    missing.remove(entry.getName());
                }
            }
        }
        if (!missing.isEmpty()) {
            throw new IOException("the archive has no " + missing);
        }
    }

    private static void put(Path partial, Path target) throws IOException {
        Files.createDirectories(target.toAbsolutePath().getParent());
        WholeFile.write(target, unnamed -> Files.move(partial, unnamed));
    }

    private static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
