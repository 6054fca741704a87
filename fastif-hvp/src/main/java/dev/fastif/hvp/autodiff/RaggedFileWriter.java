package dev.fastif.hvp.autodiff;

import dev.fastif.hvp.autodiff.RaggedFile.Layout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Writes a {@link RaggedFile} under another name until it is complete. What was written stays when the work is interrupted, with a
 * record of how much that is: whoever writes the same examples in the same order goes on there.
 */
final class RaggedFileWriter implements AutoCloseable {
    /** Examples after which a record is made. */
    private static final int RECORD = 4096;

    private final Path file;
    private final Path partial;
    private final String name;
    private final Layout layout;
    private final FileLock lock; // nobody else holds it, and a lock that is garbage is no lock
    private final FileChannel channel;
    private int recorded;
    private int written;

    private RaggedFileWriter(Path file, Path partial, String name, Layout layout, FileChannel channel, FileLock lock)
            throws IOException {
        this.file = file;
        this.partial = partial;
        this.name = name;
        this.layout = layout;
        this.lock = lock;
        this.channel = channel;
        recorded = readRecord();
        written = recorded;
    }

    /**
     * Begins a file, or goes on with one.
     *
     * @throws IOException if it cannot be written, or is being written by somebody else
     */
    static RaggedFileWriter open(Path file, String name, Layout layout) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        Path fileName = file.getFileName();
        if (folder == null || fileName == null) {
            throw new IOException(file + " is not a file");
        }
        Files.createDirectories(folder);
        Path partial = folder.resolve(fileName + ".part");
        FileChannel channel =
                FileChannel.open(partial, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            FileLock lock = lock(channel);
            if (lock == null) {
                throw new IOException("another run is writing " + partial + ": wait for it");
            }
            return new RaggedFileWriter(file, partial, name, layout, channel, lock);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static @Nullable FileLock lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    String name() {
        return name;
    }

    /** How many examples, of those that were written first, need not be written again. */
    int written() {
        return written;
    }

    /**
     * Writes the examples of a batch [n, ...] without their padding.
     *
     * @param total how many have been written with them
     */
    void write(INDArray batch, int total, int... ids) throws IOException {
        ByteBuffer source = batch.data().asNio();
        int stride = Math.toIntExact(batch.length() / batch.size(0) * layout.width());
        for (int i = 0; i < ids.length; i++) {
            long offset = layout.offset(ids[i]);
            int bytes = Math.toIntExact(layout.offset(ids[i] + 1) - offset);
            writeFully(source.slice(i * stride, bytes), offset);
        }
        written = total;
        if (written - recorded >= RECORD) {
            record();
        }
    }

    /** The trailer of a complete file with its first number changed, and how many examples there are. */
    private ByteBuffer recordOf(int examples) {
        ByteBuffer trailer = layout.trailer();
        ByteBuffer bytes = ByteBuffer.allocate(trailer.limit() + Integer.BYTES);
        bytes.put(trailer).putInt(examples).putLong(0, ~bytes.getLong(0));
        return bytes.flip();
    }

    private void record() throws IOException {
        channel.force(false); // so that nothing is recorded that is not there
        writeFully(recordOf(written), layout.bytes());
        recorded = written;
    }

    private int readRecord() throws IOException {
        ByteBuffer found = ByteBuffer.allocate(recordOf(0).limit());
        while (found.hasRemaining() && channel.read(found, layout.bytes() + found.position()) > 0) {
            // until it is full
        }
        if (found.hasRemaining()) {
            return 0;
        }
        int examples = found.getInt(found.limit() - Integer.BYTES);
        return found.flip().equals(recordOf(examples)) ? examples : 0;
    }

    private void writeFully(ByteBuffer bytes, long offset) throws IOException {
        long position = offset;
        while (bytes.hasRemaining()) {
            position += channel.write(bytes, position);
        }
    }

    /** Completes the file and gives it its name. */
    void commit() throws IOException {
        ByteBuffer trailer = layout.trailer();
        channel.truncate(layout.bytes() + trailer.limit());
        writeFully(trailer, layout.bytes());
        channel.force(true);
        channel.close();
        Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Records what was not committed, if it is anything. */
    @Override
    public void close() {
        try (channel) {
            if (!lock.isValid()) {
                return; // committed
            }
            if (written == 0) {
                Files.deleteIfExists(partial);
            } else if (written > recorded) {
                record();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("what was done could not be recorded in " + partial, e);
        }
    }
}
