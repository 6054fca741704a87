package dev.fastif.examples.bert;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Writes bundles as TensorFlow does, byte by byte from the descriptions of LevelDB's table format and of protocol buffers. */
final class BundleWriter {
    private static final int RESTART_INTERVAL = 2;
    private static final int BLOCK_ENTRIES = 5;

    private final ByteArrayOutputStream data = new ByteArrayOutputStream();
    private final TreeMap<String, byte[]> entries = new TreeMap<>();

    BundleWriter() {
        header(1, 0);
    }

    /** What the first entry says: BundleHeaderProto {num_shards = 1, endianness = 2}. */
    BundleWriter header(int shards, int endianness) {
        ByteArrayOutputStream proto = new ByteArrayOutputStream();
        field(proto, 1, shards);
        field(proto, 2, endianness);
        entries.put("", proto.toByteArray());
        return this;
    }

    /** Adds a float32 tensor, with a gap of a few bytes before it. */
    BundleWriter add(String name, INDArray tensor) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(tensor.length() * Float.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        for (float value : tensor.ravel().toFloatVector()) {
            bytes.putFloat(value);
        }
        data.writeBytes(new byte[] {1, 2, 3});
        return add(name, 1, tensor.shape(), bytes.array());
    }

    /** Adds bytes under any type and shape: BundleEntryProto {dtype = 1, shape = 2, offset = 4, size = 5, crc32c = 6}. */
    BundleWriter add(String name, int type, long[] shape, byte... bytes) {
        ByteArrayOutputStream dimensions = new ByteArrayOutputStream();
        for (long size : shape) {
            ByteArrayOutputStream dimension = new ByteArrayOutputStream();
            field(dimension, 1, size);
            message(dimensions, 2, dimension.toByteArray());
        }
        ByteArrayOutputStream proto = new ByteArrayOutputStream();
        field(proto, 1, type);
        message(proto, 2, dimensions.toByteArray());
        field(proto, 4, data.size());
        field(proto, 5, bytes.length);
        proto.write(6 << 3 | 5);
        proto.writeBytes(little(maskedCrc(bytes)));
        data.writeBytes(bytes);
        entries.put(name, proto.toByteArray());
        return this;
    }

    byte[] data() {
        return data.toByteArray();
    }

    byte[] index() {
        return index(0);
    }

    /** The index, its blocks marked with a type of compression, 0 for none. */
    byte[] index(int compression) {
        ByteArrayOutputStream table = new ByteArrayOutputStream();
        TreeMap<String, byte[]> handles = new TreeMap<>();
        List<Map.Entry<String, byte[]>> all = new ArrayList<>(entries.entrySet());
        for (int start = 0; start < all.size(); start += BLOCK_ENTRIES) {
            List<Map.Entry<String, byte[]>> some = all.subList(start, Math.min(all.size(), start + BLOCK_ENTRIES));
            handles.put(some.get(some.size() - 1).getKey(), append(table, block(some), compression));
        }
        byte[] meta = append(table, block(List.of()), compression);
        byte[] index = append(table, block(List.copyOf(handles.entrySet())), compression);
        ByteBuffer footer = ByteBuffer.allocate(48).put(meta).put(index);
        table.writeBytes(footer.array());
        byte[] bytes = table.toByteArray();
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(bytes.length - 8, 0xdb4775248b80fb57L);
        return bytes;
    }

    private static byte[] append(ByteArrayOutputStream table, byte[] block, int compression) {
        ByteArrayOutputStream handle = new ByteArrayOutputStream();
        varint(handle, table.size());
        varint(handle, block.length);
        byte[] typed = java.util.Arrays.copyOf(block, block.length + 1);
        typed[block.length] = (byte) compression;
        table.writeBytes(typed);
        table.writeBytes(little(maskedCrc(typed)));
        return handle.toByteArray();
    }

    private static byte[] block(List<Map.Entry<String, byte[]>> entries) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        List<Integer> restarts = new ArrayList<>(List.of(0));
        byte[] last = {};
        for (int i = 0; i < entries.size(); i++) {
            byte[] key = entries.get(i).getKey().getBytes(StandardCharsets.UTF_8);
            int shared = 0;
            if (i > 0 && i % RESTART_INTERVAL == 0) {
                restarts.add(block.size());
            } else {
                while (shared < Math.min(last.length, key.length) && last[shared] == key[shared]) {
                    shared++;
                }
            }
            varint(block, shared);
            varint(block, key.length - shared);
            varint(block, entries.get(i).getValue().length);
            block.write(key, shared, key.length - shared);
            block.writeBytes(entries.get(i).getValue());
            last = key;
        }
        restarts.forEach(restart -> block.writeBytes(little(restart)));
        block.writeBytes(little(restarts.size()));
        return block.toByteArray();
    }

    private static void field(ByteArrayOutputStream proto, int number, long value) {
        if (value != 0) { // a default is left out
            varint(proto, number << 3);
            varint(proto, value);
        }
    }

    private static void message(ByteArrayOutputStream proto, int number, byte[] content) {
        varint(proto, number << 3 | 2);
        varint(proto, content.length);
        proto.writeBytes(content);
    }

    private static void varint(ByteArrayOutputStream out, long value) {
        long left = value;
        while (left >= 128) {
            out.write((int) (left % 128 + 128));
            left /= 128;
        }
        out.write((int) left);
    }

    private static int maskedCrc(byte... bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        int value = (int) crc.getValue();
        return ((value >>> 15) | (value << 17)) + 0xa282ead8;
    }

    private static byte[] little(int value) {
        return ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array();
    }
}
