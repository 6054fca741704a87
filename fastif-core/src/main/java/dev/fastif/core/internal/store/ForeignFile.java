package dev.fastif.core.internal.store;

import dev.fastif.core.DamagedFileException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * A {@link BlockFile} whose body another library writes to the end of a file, and reads from within it. The library is not given
 * the file before all of it agrees with its checksums. It is replaced in one step.
 *
 * @param file where it is, or will be
 * @param kind what it holds
 * @param remedy what to do if it is damaged, as a sentence
 */
public record ForeignFile(Path file, String kind, String remedy) {
    private static final int BLOCK = 1 << 20;

    /** Writes to the end of a file. */
    @FunctionalInterface
    public interface Body {
        /** Appends all of it. */
        void append(Path file) throws IOException;
    }

    /**
     * What a file holds.
     *
     * @param description what was written of it
     * @param offset where the body begins
     * @param length how many bytes it has
     */
    public record Found(String description, long offset, long length) {}

    /**
     * Writes the file.
     *
     * @param description what a reader needs to know of the body
     * @throws IOException that says which file, and the system's reason
     */
    public void write(String description, Body body) throws IOException {
        WholeFile.write(file, partial -> {
            int start = contents(description, 0).header().length; // whatever the length of the body
            Files.write(partial, new byte[start]);
            body.append(partial);
            seal(partial, contents(description, Files.size(partial) - start));
        });
    }

    private Contents contents(String description, long bytes) {
        return new Contents(kind, description, Blocks.ofSize(BLOCK, bytes));
    }

    /** Writes what stands before and behind the body. */
    private static void seal(Path partial, Contents contents) throws IOException {
        byte[] header = contents.header();
        Blocks blocks = contents.blocks();
        int[] checksums = new int[blocks.count()];
        byte[] block = new byte[BLOCK];
        try (RandomAccessFile bytes = new RandomAccessFile(partial.toFile(), "rw")) {
            bytes.seek(header.length);
            for (int i = 0; i < checksums.length; i++) {
                bytes.readFully(block, 0, blocks.size(i));
                CRC32C sum = new CRC32C();
                sum.update(block, 0, blocks.size(i));
                checksums[i] = (int) sum.getValue();
            }
            bytes.write(Contents.end(header, checksums).array());
            bytes.seek(0);
            bytes.write(header);
        }
    }

    /**
     * Checks all of a file.
     *
     * @throws DamagedFileException if it does not hold what was written
     * @throws IOException if it is not there, or cannot be read
     */
    public Found read() throws IOException {
        Contents contents = BlockFile.contents(file, kind, BLOCK, remedy);
        try (BlockFile opened = BlockFile.open(file, contents, remedy)) {
            ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);
            for (int i = 0; i < contents.blocks().count(); i++) {
                opened.read(i, block, 0);
            }
            return new Found(
                    contents.description(),
                    opened.bodyOffset(),
                    contents.blocks().bytes());
        }
    }
}
