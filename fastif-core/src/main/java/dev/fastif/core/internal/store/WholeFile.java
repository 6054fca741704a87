package dev.fastif.core.internal.store;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/** Writes files that are written in one go. They appear under their name, or are replaced, when they are complete. */
public final class WholeFile {
    private WholeFile() {}

    /** Writes a file whose name is not the final one. */
    @FunctionalInterface
    public interface Content {
        /** Writes all of it to {@code partial}, which does not exist. */
        void writeTo(Path partial) throws IOException;
    }

    /**
     * Writes a file; nothing is left of it if that fails.
     *
     * @throws IOException that says which file, and the system's reason
     */
    public static void write(Path file, Content content) throws IOException {
        Path target = file.toAbsolutePath();
        Path partial = Durable.folderOf(target).resolve(target.getFileName() + "." + UUID.randomUUID() + ".part");
        try {
            content.writeTo(partial);
            Durable.replace(partial, target);
        } finally {
            Files.deleteIfExists(partial);
        }
    }

    /** Writes these bytes. */
    public static void write(Path file, byte... content) throws IOException {
        write(file, partial -> {
            // a stream of this kind goes on when its thread is interrupted
            try (FileOutputStream out = new FileOutputStream(partial.toFile())) {
                out.write(content);
            }
        });
    }
}
