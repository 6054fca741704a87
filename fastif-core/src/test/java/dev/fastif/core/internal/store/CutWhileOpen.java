package dev.fastif.core.internal.store;

import dev.fastif.core.DamagedFileException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;

/** Cuts files that are open, and reads them: compiled and interpreted, at once and from several threads. */
final class CutWhileOpen {
    private static final Blocks BLOCKS = Blocks.ofSize(10_000, 500_000);

    private CutWhileOpen() {}

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        for (int length : new int[] {499_000, 250_123, 8192, 100, 0}) {
            Path file = folder.resolve("cut-" + length);
            BlockFileTest.write(file, BLOCKS);
            try (BlockFile opened = BlockFile.open(file, BlockFileTest.contents(BLOCKS), "Delete it.")) {
                for (int i = 0; i < 20_000; i++) {
                    read(opened, i % BLOCKS.count());
                }
                try (RandomAccessFile cut = new RandomAccessFile(file.toFile(), "rw")) {
                    cut.setLength(length);
                }
                int damaged = 0;
                for (int i = 0; i < 20 * BLOCKS.count(); i++) {
                    damaged += isDamaged(opened, i % BLOCKS.count()) ? 1 : 0;
                }
                // the header of 128 bytes lies before the blocks
                int cut = BLOCKS.count() - Math.max(0, length - 128) / 10_000;
                if (damaged != 20 * cut) {
                    throw new IllegalStateException(
                            "cut to " + length + ": " + damaged + " of " + 20 * cut + " noticed");
                }
            }
        }
        System.out.println("all held");
    }

    private static boolean isDamaged(BlockFile opened, int block) {
        try {
            read(opened, block);
            return false;
        } catch (DamagedFileException e) {
            return true;
        }
    }

    private static void read(BlockFile opened, int block) {
        ByteBuffer target = ByteBuffer.allocateDirect(BLOCKS.size(block));
        opened.read(block, target, 0);
        byte[] found = new byte[BLOCKS.size(block)];
        target.get(0, found);
        if (!Arrays.equals(found, BlockFileTest.bytes(BLOCKS, block))) {
            throw new IllegalStateException("other bytes in block " + block);
        }
    }
}
