package dev.fastif.core.internal.store;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Behind the body of a file that is not complete: which blocks are written, and their checksums. There is place for two such records,
 * written in turn, so that one is whole whenever the process is killed.
 */
final class PartialRecord {
    private static final int MAGIC = 0x66504152;
    private static final int HEAD = 4 * Integer.BYTES;

    private final RandomAccessFile bytes;
    private final int contents;
    private final int blocks;
    private final long start;
    private final int size;
    private int next;

    PartialRecord(RandomAccessFile bytes, byte[] header, Blocks blocks) {
        this.bytes = bytes;
        this.contents = Contents.checksum(header, header.length);
        this.blocks = blocks.count();
        this.start = header.length + blocks.bytes();
        this.size = Math.toIntExact(HEAD + (this.blocks + 7L) / 8 + (long) this.blocks * Integer.BYTES + Integer.BYTES);
    }

    void write(int written, int[] checksums, BitSet there) throws IOException {
        ByteBuffer record = ByteBuffer.allocate(size);
        record.putInt(MAGIC).putInt(contents).putInt(blocks).putInt(written);
        record.put(Arrays.copyOf(there.toByteArray(), (blocks + 7) / 8));
        record.asIntBuffer().put(checksums);
        int checked = size - Integer.BYTES;
        record.putInt(checked, Contents.checksum(record.array(), checked));
        bytes.seek(start + (long) next * size);
        bytes.write(record.array());
        bytes.getFD().sync();
        next = 1 - next;
    }

    /** Reads what the newest whole record says; returns how many blocks are written, 0 without a record of these contents. */
    int read(int[] checksums, BitSet there) throws IOException {
        int most = 0;
        for (int slot = 0; slot < 2; slot++) {
            ByteBuffer record = slot(slot);
            if (record != null && record.getInt(3 * Integer.BYTES) > most) {
                BitSet set = BitSet.valueOf(record.slice(HEAD, (blocks + 7) / 8));
                if (set.cardinality() == record.getInt(3 * Integer.BYTES) && set.length() <= blocks) {
                    most = set.cardinality();
                    next = 1 - slot;
                    there.clear();
                    there.or(set);
                    record.position(HEAD + (blocks + 7) / 8).asIntBuffer().get(checksums);
                }
            }
        }
        return most;
    }

    private @Nullable ByteBuffer slot(int slot) throws IOException {
        long from = start + (long) slot * size;
        if (bytes.length() < from + size) {
            return null;
        }
        ByteBuffer record = ByteBuffer.allocate(size);
        bytes.seek(from);
        bytes.readFully(record.array());
        int checked = size - Integer.BYTES;
        boolean ours = record.getInt(0) == MAGIC
                && record.getInt(4) == contents
                && record.getInt(8) == blocks
                && record.getInt(checked) == Contents.checksum(record.array(), checked);
        return ours ? record : null;
    }
}
