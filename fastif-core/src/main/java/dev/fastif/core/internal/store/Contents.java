package dev.fastif.core.internal.store;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * What a {@link BlockFile} holds, as its header says it. Immutable.
 *
 * <p>The file, big-endian: the header (8 bytes {@value #MAGIC}, int version, int length of the header, UTF kind, UTF description,
 * UTF byte order of the body, long bytes of the body, int number of blocks, int CRC32C of their offsets, zeros up to a multiple of
 * 64 bytes less 4, int CRC32C of all before); the body; an int CRC32C for each block; an int CRC32C of the header and of these.
 *
 * @param kind what it is, such as {@code activations}
 * @param description what else a reader must agree with, such as type and shape
 * @param blocks how the body is cut
 */
public record Contents(String kind, String description, Blocks blocks) {
    static final String MAGIC = "fastifBF";
    static final int VERSION = 1;
    static final int LONGEST_HEADER = 1 << 17;
    private static final int ALIGNMENT = 64;

    /** The header. */
    byte[] header() {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            DataOutputStream out = new DataOutputStream(bytes);
            out.write(MAGIC.getBytes(StandardCharsets.US_ASCII));
            out.writeInt(VERSION);
            out.writeInt(0);
            out.writeUTF(kind);
            out.writeUTF(description);
            out.writeUTF(ByteOrder.nativeOrder().toString());
            out.writeLong(blocks.bytes());
            out.writeInt(blocks.count());
            out.writeInt(blocks.checksum());
            int length = (bytes.size() + Integer.BYTES + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
            ByteBuffer header = ByteBuffer.allocate(length);
            header.put(bytes.toByteArray()).putInt(MAGIC.length() + Integer.BYTES, length);
            return header.putInt(length - Integer.BYTES, checksum(header.array(), length - Integer.BYTES))
                    .array();
        } catch (IOException e) {
            throw new UncheckedIOException("the description is too long", e);
        }
    }

    /** How many bytes the checksums of the blocks take. */
    long tableBytes() {
        return (long) blocks.count() * Integer.BYTES;
    }

    /** What follows the body. */
    static ByteBuffer end(byte[] header, int... checksums) {
        ByteBuffer end = ByteBuffer.allocate(Math.multiplyExact(checksums.length + 1, Integer.BYTES));
        for (int checksum : checksums) {
            end.putInt(checksum);
        }
        CRC32C whole = new CRC32C();
        whole.update(header);
        whole.update(end.array(), 0, end.position());
        return end.putInt((int) whole.getValue()).flip();
    }

    static int checksum(byte[] bytes, int length) {
        CRC32C sum = new CRC32C();
        sum.update(bytes, 0, length);
        return (int) sum.getValue();
    }

    /** Where a file lies while it is not complete. */
    static Path partial(Path file) throws IOException {
        return Durable.folderOf(file).resolve(file.getFileName() + ".part");
    }
}
