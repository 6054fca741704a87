package dev.fastif.core.internal.store;

import dev.fastif.core.DamagedFileException;
import dev.fastif.core.internal.Check;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * A file that a {@link BlockFileWriter} wrote. Its header, its length and the checksums of its blocks are checked when it is opened,
 * each block whenever it is read. It is not mapped into memory: the JVM may end, or fail at some later place, when a mapped file is
 * cut. Thread-safe.
 */
public final class BlockFile implements AutoCloseable {
    private static final int START = Contents.MAGIC.length() + 2 * Integer.BYTES;

    private final Path file;
    private final String remedy;
    private final Blocks blocks;
    private final int[] checksums;
    private final long body;
    private volatile FileChannel channel;
    private volatile boolean closed;

    private BlockFile(Path file, String remedy, Blocks blocks, int[] checksums, long body) throws IOException {
        this.file = file;
        this.remedy = remedy;
        this.blocks = blocks;
        this.checksums = checksums;
        this.body = body;
        this.channel = openChannel(file);
    }

    private static FileChannel openChannel(Path file) throws IOException {
        return Durable.uninterrupted(() -> FileChannel.open(file, StandardOpenOption.READ));
    }

    /**
     * Opens a file. Nothing is allocated before its header has been compared with what it should hold, and its length with
     * its header.
     *
     * @param remedy what to do if it is damaged, as a sentence
     * @throws DamagedFileException if it is not a complete file of these contents
     * @throws IOException if it is not there, or cannot be read
     */
    public static BlockFile open(Path file, Contents expected, String remedy) throws IOException {
        byte[] header = expected.header();
        int[] checksums;
        try (RandomAccessFile opened = open(file)) {
            byte[] found = readHeader(file, opened, remedy);
            if (!Arrays.equals(header, found)) {
                throw new DamagedFileException(
                        file, "holds other contents: " + describe(found) + " in place of " + describe(header), remedy);
            }
            long length = header.length + expected.blocks().bytes() + expected.tableBytes() + Integer.BYTES;
            if (opened.length() != length) {
                throw new DamagedFileException(file, "has " + opened.length() + " bytes in place of " + length, remedy);
            }
            checksums = readChecksums(file, opened, header, expected, remedy);
        }
        return new BlockFile(file, remedy, expected.blocks(), checksums, header.length);
    }

    /**
     * What a file says that it holds.
     *
     * @throws DamagedFileException if it has no header of ours, or one of another kind
     */
    static String describe(Path file, String kind, String remedy) throws IOException {
        try (RandomAccessFile opened = open(file)) {
            return behindKind(file, opened, kind, remedy).readUTF();
        }
    }

    /**
     * What a file says that it holds, cut into blocks of equal size.
     *
     * @throws DamagedFileException if it has no header of ours, one of another kind, or less than it says
     */
    static Contents contents(Path file, String kind, int block, String remedy) throws IOException {
        try (RandomAccessFile opened = open(file)) {
            DataInputStream in = behindKind(file, opened, kind, remedy);
            String description = in.readUTF();
            in.readUTF();
            long bytes = in.readLong();
            if (bytes < 0 || bytes > opened.length()) {
                throw new DamagedFileException(file, "says that it holds " + bytes + " bytes", remedy);
            }
            return new Contents(kind, description, Blocks.ofSize(block, bytes));
        }
    }

    private static DataInputStream behindKind(Path file, RandomAccessFile opened, String kind, String remedy)
            throws IOException {
        DataInputStream in = behindStart(readHeader(file, opened, remedy));
        String found = in.readUTF();
        if (!found.equals(kind)) {
            throw new DamagedFileException(file, "holds " + found + " in place of " + kind, remedy);
        }
        return in;
    }

    private static RandomAccessFile open(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new IOException(file + " is a folder");
        }
        return new RandomAccessFile(file.toFile(), "r");
    }

    private static byte[] readHeader(Path file, RandomAccessFile opened, String remedy) throws IOException {
        if (opened.length() < START) {
            throw new DamagedFileException(file, "ends within its header", remedy);
        }
        byte[] start = new byte[START];
        opened.readFully(start);
        ByteBuffer numbers = ByteBuffer.wrap(start);
        byte[] magic = new byte[Contents.MAGIC.length()];
        numbers.get(magic);
        int version = numbers.getInt();
        int length = numbers.getInt();
        if (!Arrays.equals(magic, Contents.MAGIC.getBytes(StandardCharsets.US_ASCII))) {
            throw new DamagedFileException(file, "does not begin with " + Contents.MAGIC, remedy);
        }
        if (version != Contents.VERSION) {
            throw new DamagedFileException(
                    file, "has format version " + version + ", this fastif reads " + Contents.VERSION, remedy);
        }
        if (length < START || length > Contents.LONGEST_HEADER || length > opened.length()) {
            throw new DamagedFileException(file, "says that its header has " + length + " bytes", remedy);
        }
        byte[] header = Arrays.copyOf(start, length);
        opened.readFully(header, START, length - START);
        int checked = length - Integer.BYTES;
        if (ByteBuffer.wrap(header).getInt(checked) != Contents.checksum(header, checked)) {
            throw new DamagedFileException(file, "has a header that does not agree with its checksum", remedy);
        }
        return header;
    }

    private static DataInputStream behindStart(byte... header) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(header));
        in.skipNBytes(START);
        return in;
    }

    private static String describe(byte... header) throws IOException {
        DataInputStream in = behindStart(header);
        return in.readUTF() + " " + in.readUTF() + " " + in.readUTF() + ", " + in.readLong() + " bytes in "
                + in.readInt() + " blocks (" + Integer.toHexString(in.readInt()) + ")";
    }

    private static int[] readChecksums(
            Path file, RandomAccessFile opened, byte[] header, Contents contents, String remedy) throws IOException {
        opened.seek(header.length + contents.blocks().bytes());
        byte[] end = new byte[Math.toIntExact(contents.tableBytes() + Integer.BYTES)];
        opened.readFully(end);
        int[] checksums = new int[contents.blocks().count()];
        ByteBuffer.wrap(end).asIntBuffer().get(checksums);
        if (!ByteBuffer.wrap(end).equals(Contents.end(header, checksums))) {
            throw new DamagedFileException(file, "has checksums that do not agree with each other", remedy);
        }
        return checksums;
    }

    /**
     * Copies a block.
     *
     * @param position where in the target it begins
     * @throws DamagedFileException if it does not agree with its checksum, or is not there any more
     * @throws UncheckedIOException if it cannot be read
     * @throws IllegalArgumentException if the file was closed
     */
    public void read(int block, ByteBuffer target, int position) {
        int size = blocks.size(block);
        ByteBuffer slice = target.slice(position, size);
        try {
            if (!readFully(body + blocks.offset(block), slice)) {
                throw new DamagedFileException(file, "was cut while it was open", remedy);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(file + " could not be read (" + e.getMessage() + ")", e);
        }
        CRC32C sum = new CRC32C();
        sum.update(slice.flip());
        if ((int) sum.getValue() != checksums[block]) {
            throw new DamagedFileException(
                    file, "has other bytes than were written in block " + block + " of " + blocks.count(), remedy);
        }
    }

    /** Where in the file the body begins. */
    long bodyOffset() {
        return body;
    }

    /** Fills the buffer; returns false if the file ends before. An interrupt closes the channel for all: it is opened again. */
    private boolean readFully(long from, ByteBuffer target) throws IOException {
        while (true) {
            FileChannel used = channel;
            Check.argument(!closed, "%s is closed: open it again", file);
            try {
                return Durable.uninterrupted(() -> {
                    while (target.hasRemaining()) {
                        if (used.read(target, from + target.position()) < 0) {
                            return false;
                        }
                    }
                    return true;
                });
            } catch (ClosedChannelException e) {
                target.rewind();
                reopen(used);
            }
        }
    }

    private synchronized void reopen(FileChannel unusable) throws IOException {
        if (channel == unusable && !closed) {
            channel = openChannel(file);
        }
    }

    /** Closes the file. */
    @Override
    public synchronized void close() {
        closed = true;
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(file + " could not be closed (" + e.getMessage() + ")", e);
        }
    }
}
