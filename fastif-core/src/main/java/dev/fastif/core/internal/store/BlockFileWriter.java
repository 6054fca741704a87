package dev.fastif.core.internal.store;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Writes a {@link BlockFile} under another name until it is complete. What was written stays when the work is interrupted or killed,
 * with a record of what that is: whoever writes the same contents goes on there. Not thread-safe.
 */
public final class BlockFileWriter implements AutoCloseable {
    private static final int CHUNK = 1 << 16;

    private final Path file;
    private final Path partial;
    private final Blocks blocks;
    private final byte[] header;
    private final int[] checksums;
    private final BitSet there = new BitSet();
    private final RandomAccessFile bytes; // no channel, which an interrupt would close
    private final FileLock lock; // nobody else holds it, and a lock that is garbage is no lock
    private final PartialRecord record;
    private int recorded;
    private int written;
    private boolean committed;
    private boolean writing; // also if it failed: then nothing more is recorded

    private BlockFileWriter(Path file, Path partial, Contents contents, RandomAccessFile bytes, FileLock lock)
            throws IOException {
        this.file = file;
        this.partial = partial;
        this.blocks = contents.blocks();
        this.header = contents.header();
        this.checksums = new int[blocks.count()];
        this.bytes = bytes;
        this.lock = lock;
        this.record = new PartialRecord(bytes, header, blocks);
        written = record.read(checksums, there);
        if (written > 0 && !isAllThere()) {
            there.clear();
            written = 0;
        }
        recorded = written;
    }

    /**
     * Begins a file, or goes on with one.
     *
     * @throws IOException if it cannot be written, or is being written by somebody else
     */
    public static BlockFileWriter open(Path file, Contents contents) throws IOException {
        Files.createDirectories(Durable.folderOf(file));
        Path partial = Contents.partial(file);
        RandomAccessFile bytes = new RandomAccessFile(partial.toFile(), "rw");
        try {
            FileLock lock = lock(bytes);
            if (lock == null) {
                throw new IOException("another run is writing " + partial + ": wait for it");
            }
            return new BlockFileWriter(file, partial, contents, bytes, lock);
        } catch (IOException | RuntimeException e) {
            bytes.close();
            throw e;
        }
    }

    private static @Nullable FileLock lock(RandomAccessFile bytes) throws IOException {
        try {
            return bytes.getChannel().tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    /** Whether what was recorded is still what was written. */
    private boolean isAllThere() throws IOException {
        byte[] chunk = new byte[CHUNK];
        for (int block = there.nextSetBit(0); block >= 0; block = there.nextSetBit(block + 1)) {
            CRC32C sum = new CRC32C();
            bytes.seek(header.length + blocks.offset(block));
            for (int left = blocks.size(block); left > 0; ) {
                int n = bytes.read(chunk, 0, Math.min(left, CHUNK));
                if (n < 0) {
                    return false;
                }
                sum.update(chunk, 0, n);
                left -= n;
            }
            if ((int) sum.getValue() != checksums[block]) {
                return false;
            }
        }
        return true;
    }

    /** How many blocks are written; whoever writes them in the same order again need not write these. */
    public int written() {
        return written;
    }

    /** Writes a block, all that remains in {@code source}. */
    public void write(int block, ByteBuffer source) throws IOException {
        if (source.remaining() != blocks.size(block)) {
            throw new IllegalArgumentException(
                    "block " + block + " has " + blocks.size(block) + " bytes, not " + source.remaining());
        }
        writing = true;
        CRC32C sum = new CRC32C();
        byte[] chunk = new byte[Math.min(source.remaining(), CHUNK)];
        bytes.seek(header.length + blocks.offset(block));
        while (source.hasRemaining()) {
            int n = Math.min(source.remaining(), chunk.length);
            source.get(chunk, 0, n);
            sum.update(chunk, 0, n);
            bytes.write(chunk, 0, n);
        }
        checksums[block] = (int) sum.getValue();
        if (!there.get(block)) {
            there.set(block);
            written++;
        }
        writing = false;
    }

    /** Records what is written, so that it need not be written again if the process is killed. */
    public void record() throws IOException {
        if (written > recorded) {
            writing = true;
            bytes.getFD().sync(); // so that nothing is recorded that is not there
            record.write(written, checksums, there);
            recorded = written;
            writing = false;
        }
    }

    /** How many blocks were written since the last record. */
    public int unrecorded() {
        return written - recorded;
    }

    /** Completes the file and gives it its name. */
    public void commit() throws IOException {
        if (written < blocks.count()) {
            throw new IllegalStateException(written + " of " + blocks.count() + " blocks of " + file + " are written");
        }
        if (!lock.isValid()) {
            throw new IOException(partial + " was closed, or completed");
        }
        writing = true;
        long end = header.length + blocks.bytes();
        bytes.setLength(end);
        bytes.seek(end);
        bytes.write(Contents.end(header, checksums).array());
        bytes.seek(0);
        bytes.write(header);
        Durable.replace(partial, file);
        committed = true;
    }

    /** Records what was not committed, if it is anything. */
    @Override
    public void close() {
        try (bytes) {
            if (!committed && written == 0) {
                Files.deleteIfExists(partial);
            } else if (!committed && !writing) {
                record();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "what was done could not be recorded in " + partial + " (" + e.getMessage() + ")", e);
        }
    }
}
