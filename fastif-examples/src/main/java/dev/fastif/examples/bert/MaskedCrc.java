package dev.fastif.examples.bert;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;

/**
 * The checksum of TensorFlow and LevelDB: CRC-32C, rotated and shifted, because a CRC over data that holds its own CRC is worth
 * little.
 */
final class MaskedCrc {
    private static final int ROTATION = 15;
    private static final int SHIFT = 0xa282ead8;

    private MaskedCrc() {}

    static int of(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return of(crc);
    }

    static int of(Checksum crc) {
        return Integer.rotateRight((int) crc.getValue(), ROTATION) + SHIFT;
    }
}
