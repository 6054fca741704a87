package dev.fastif.examples.bert;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads LevelDB's table format, in which TensorFlow keeps the index of a bundle. A table is a sequence of blocks and a footer
 * that says where the index block is; the index block's values say where the others are. In a block each key drops the
 * prefix that it shares with the one before it.
 */
final class SortedTable {
    private static final int FOOTER = 48;
    private static final long MAGIC = 0xdb4775248b80fb57L;
    private static final int UNCOMPRESSED = 0;

    private final ByteBuffer file;

    private SortedTable(byte... file) {
        this.file = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * All entries of a table in the order of their keys.
     *
     * @throws IllegalStateException if it is no such table, or is damaged
     */
    static Map<String, ByteBuffer> read(byte... file) {
        try {
            return new SortedTable(file).entries();
        } catch (BufferUnderflowException | IndexOutOfBoundsException | IllegalArgumentException e) {
            throw new IllegalStateException("the table is damaged: a length in it leads beyond its end", e);
        }
    }

    private Map<String, ByteBuffer> entries() {
        int footer = file.limit() - FOOTER;
        if (footer < 0 || file.getLong(file.limit() - Long.BYTES) != MAGIC) {
            throw new IllegalStateException("the " + file.limit()
                    + " bytes do not end as a LevelDB table does: is it a checkpoint of TensorFlow 1.x or 2.x?");
        }
        ByteBuffer handles = file.duplicate().position(footer);
        block(handles); // of meta data: TensorFlow writes none
        Map<String, ByteBuffer> entries = new LinkedHashMap<>();
        for (ByteBuffer handle : entriesOf(block(handles)).values()) {
            entries.putAll(entriesOf(block(handle)));
        }
        return entries;
    }

    /** The content of the block that a handle (offset and size) points to. Its type and checksum come after it. */
    private ByteBuffer block(ByteBuffer handle) {
        int offset = Math.toIntExact(varint(handle));
        int size = Math.toIntExact(varint(handle));
        ByteBuffer checked = file.slice(offset, size + 1);
        int expected = file.getInt(offset + size + 1);
        if (MaskedCrc.of(checked.duplicate()) != expected) {
            throw new IllegalStateException(
                    "the table is damaged: the block at byte " + offset + " has a wrong checksum");
        }
        if (checked.get(size) != UNCOMPRESSED) {
            throw new IllegalStateException("the block at byte " + offset
                    + " of the table is compressed: TensorFlow writes bundles without compression");
        }
        return checked.slice(0, size).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Entries are followed by the positions of keys that are complete, and by how many these are. */
    private static Map<String, ByteBuffer> entriesOf(ByteBuffer block) {
        int restarts = block.getInt(block.limit() - Integer.BYTES);
        block.limit(Math.subtractExact(block.limit(), Math.multiplyExact(Integer.BYTES, restarts + 1)));
        Map<String, ByteBuffer> entries = new LinkedHashMap<>();
        byte[] key = {};
        while (block.hasRemaining()) {
            int shared = Math.toIntExact(varint(block));
            byte[] rest = new byte[Math.toIntExact(varint(block))];
            int length = Math.toIntExact(varint(block));
            block.get(rest);
            ByteArrayOutputStream joined = new ByteArrayOutputStream();
            joined.write(key, 0, shared);
            joined.writeBytes(rest);
            key = joined.toByteArray();
            entries.put(new String(key, StandardCharsets.UTF_8), block.slice(block.position(), length));
            block.position(block.position() + length);
        }
        return entries;
    }

    /** Seven bits a byte, the lowest first; the last byte is below 128. */
    private static long varint(ByteBuffer bytes) {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte next = bytes.get();
            value |= (next & 0x7FL) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new IllegalStateException("the table is damaged: a number in it has no end");
    }
}
