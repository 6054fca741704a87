package dev.fastif.core.internal.store;

import dev.fastif.core.internal.Check;
import java.util.zip.CRC32C;

/** How the body of a file is cut into blocks, each with a checksum of its own. Immutable. */
public final class Blocks {
    private final long[] offsets;

    private Blocks(long... offsets) {
        this.offsets = offsets;
    }

    /** Blocks that end where the next ones begin: one fewer than there are offsets, which begin with 0. */
    public static Blocks at(long... offsets) {
        Check.argument(offsets.length > 0 && offsets[0] == 0, "the first block must begin at 0");
        return new Blocks(offsets.clone());
    }

    /** Blocks of equal size, but for the last one. */
    public static Blocks ofSize(int size, long bytes) {
        int count = Math.toIntExact((bytes + size - 1) / size);
        long[] offsets = new long[count + 1];
        for (int i = 0; i <= count; i++) {
            offsets[i] = Math.min(bytes, (long) i * size);
        }
        return new Blocks(offsets);
    }

    /** How many there are. */
    public int count() {
        return offsets.length - 1;
    }

    /** Where in the body a block begins; that of {@link #count} is where the last one ends. */
    public long offset(int block) {
        return offsets[block];
    }

    /** The bytes of a block. */
    public int size(int block) {
        return Math.toIntExact(offsets[block + 1] - offsets[block]);
    }

    /** The bytes of all. */
    public long bytes() {
        return offsets[offsets.length - 1];
    }

    /** Tells other blocks from these. */
    int checksum() {
        CRC32C sum = new CRC32C();
        for (long offset : offsets) {
            for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
                sum.update((int) (offset >>> shift));
            }
        }
        return (int) sum.getValue();
    }
}
