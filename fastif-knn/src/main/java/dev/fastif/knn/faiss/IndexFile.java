package dev.fastif.knn.faiss;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Locale;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The file of an index: a header of ours, then what FAISS writes. FAISS believes whatever it reads, so nothing is handed
 * to it before the checksums of both parts agree, and its structure is one that FAISS can read ({@link IndexStructure}).
 *
 * <p>The header, big-endian: 8 bytes {@value #MAGIC}, int version, int length of what follows, the description (int n,
 * int d, int efSearch, UTF factory string), long length and int CRC32C of FAISS's part, int CRC32C of all before.
 */
record IndexFile(int size, int dimension, int efSearch, String factory) {
    static final String MAGIC = "fastifNN";
    static final int VERSION = 1;
    static final int MOST_EFFORT = 1 << 24;
    private static final int START = 16;
    private static final int LONGEST = 1 << 16;

    /** Writes FAISS's part of the index to the end of a file. */
    @FunctionalInterface
    interface Body {
        void append(Path file) throws IOException;
    }

    /** What was read: the description, and where FAISS's part begins. */
    record Opened(IndexFile description, long offset) {}

    /** Writes a new file beside this one, then replaces it in one step: it holds the old index or the new one. */
    void write(Path file, Body body) throws IOException {
        Path target = file.toAbsolutePath();
        Path folder = target.getParent();
        if (folder == null || Files.isDirectory(target)) {
            throw new IOException("an index cannot be saved to " + file + ": it is a folder");
        }
        if (!Files.isDirectory(folder)) {
            throw new NoSuchFileException(file.toString(), null, "its folder does not exist");
        }
        Path part = folder.resolve(target.getFileName() + "." + UUID.randomUUID() + ".part");
        try {
            byte[] blank = header(0, 0);
            Files.write(part, blank, StandardOpenOption.CREATE_NEW);
            body.append(part);
            long length = Files.size(part) - blank.length;
            try (FileChannel channel = FileChannel.open(part, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                byte[] header = header(length, checksum(channel, blank.length));
                ByteBuffer buffer = ByteBuffer.wrap(header);
                while (buffer.hasRemaining()) {
                    channel.write(buffer, buffer.position());
                }
                channel.force(true);
            }
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    byte[] header(long bodyLength, int bodyChecksum) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.write(MAGIC.getBytes(StandardCharsets.US_ASCII));
        out.writeInt(VERSION);
        out.writeInt(4 * 3 + 2 + factory.length() + 8 + 4 + 4);
        out.writeInt(size);
        out.writeInt(dimension);
        out.writeInt(efSearch);
        out.writeUTF(factory);
        out.writeLong(bodyLength);
        out.writeInt(bodyChecksum);
        out.writeInt(checksum(bytes.toByteArray(), bytes.size()));
        return bytes.toByteArray();
    }

    /** Reads and checks a file, all of it; throws {@link IOException} saying what is wrong with it. */
    static Opened read(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new IOException("an index cannot be read from " + file + ": it is a folder");
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            byte[] header = readHeader(file, channel);
            DataInputStream in = new DataInputStream(new ByteArrayInputStream(header));
            in.skipNBytes(START);
            IndexFile description = new IndexFile(in.readInt(), in.readInt(), in.readInt(), in.readUTF());
            long length = in.readLong();
            int bodyChecksum = in.readInt();
            if (channel.size() != header.length + length) {
                throw damaged(file, "it has " + channel.size() + " bytes instead of " + (header.length + length));
            }
            if (checksum(channel, header.length) != bodyChecksum) {
                throw damaged(file, "its checksum is not that of its contents");
            }
            try {
                description.check();
                IndexStructure.check(file, header.length, description.dimension, description.size);
            } catch (IOException e) {
                throw damaged(file, String.valueOf(e.getMessage()));
            }
            return new Opened(description, header.length);
        }
    }

    private void check() throws IOException {
        IndexBytes.require(
                size > 0 && dimension > 0 && efSearch > 0 && efSearch <= MOST_EFFORT,
                "it is said to have %d vectors of %d numbers, and efSearch %d",
                size,
                dimension,
                efSearch);
        try {
            new Factory(factory);
        } catch (IllegalArgumentException e) {
            throw new IOException("it names no kind of index: " + e.getMessage(), e);
        }
    }

    private static byte[] readHeader(Path file, FileChannel channel) throws IOException {
        DataInputStream in = new DataInputStream(Channels.newInputStream(channel));
        byte[] magic = in.readNBytes(MAGIC.length());
        if (!Arrays.equals(magic, MAGIC.getBytes(StandardCharsets.US_ASCII))) {
            throw new IOException(file + " is not an index that fastif saved: it does not begin with " + MAGIC);
        }
        try {
            int version = in.readInt();
            int length = in.readInt();
            if (version != VERSION) {
                throw new IOException(String.format(
                        Locale.ROOT,
                        "%s has format version %d, this fastif reads %d: build the index again",
                        file,
                        version,
                        VERSION));
            }
            if (length < 0 || length > LONGEST) {
                throw damaged(file, "its header is said to have " + length + " bytes");
            }
            byte[] header = ByteBuffer.allocate(START + length)
                    .put(magic)
                    .putInt(version)
                    .putInt(length)
                    .array();
            in.readFully(header, START, length);
            int checked = header.length - 4;
            if (checked < START || ByteBuffer.wrap(header).getInt(checked) != checksum(header, checked)) {
                throw damaged(file, "the checksum of its header is wrong");
            }
            return header;
        } catch (EOFException e) {
            throw damaged(file, "it ends within its header");
        }
    }

    private static IOException damaged(Path file, String how) {
        return new IOException(file + " is damaged: " + how + "; build and save the index again");
    }

    static int checksum(byte[] bytes, int length) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes, 0, length);
        return (int) checksum.getValue();
    }

    private static int checksum(FileChannel channel, long start) throws IOException {
        CRC32C checksum = new CRC32C();
        ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
        for (long at = start; channel.read(buffer, at) > 0; buffer.clear()) {
            at += buffer.flip().remaining();
            checksum.update(buffer);
        }
        return (int) checksum.getValue();
    }
}
