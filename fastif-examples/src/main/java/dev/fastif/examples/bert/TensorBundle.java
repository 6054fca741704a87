package dev.fastif.examples.bert;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.shade.protobuf.InvalidProtocolBufferException;
import org.tensorflow.framework.TensorShapeProto;
import org.tensorflow.util.BundleEntryProto;
import org.tensorflow.util.BundleHeaderProto;

/**
 * The index of a TensorFlow checkpoint ("bundle"): which tensor lies where in its data file. Tensors are raw float32 in
 * little-endian order, each with a checksum. Only bundles of one data file are read. Immutable and thread-safe.
 */
final class TensorBundle {
    private static final String HEADER = "";
    private static final int FLOAT = 1; // tensorflow.DataType.DT_FLOAT
    private static final int CHUNK = 1 << 16;

    private final Map<String, BundleEntryProto> entries = new TreeMap<>();

    /**
     * Reads an index.
     *
     * @param index the content of {@code variables.index}
     * @throws IllegalStateException if it is none, is damaged, or is that of several data files
     */
    TensorBundle(byte... index) {
        try {
            for (Map.Entry<String, ByteBuffer> entry : SortedTable.read(index).entrySet()) {
                if (entry.getKey().equals(HEADER)) {
                    requireReadable(BundleHeaderProto.parseFrom(entry.getValue()));
                } else {
                    entries.put(entry.getKey(), BundleEntryProto.parseFrom(entry.getValue()));
                }
            }
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("the index of the bundle is damaged", e);
        }
    }

    private static void requireReadable(BundleHeaderProto header) {
        if (header.getNumShards() != 1 || header.getEndianness() != BundleHeaderProto.Endianness.LITTLE) {
            throw new IllegalStateException("the bundle has " + header.getNumShards() + " data files in "
                    + header.getEndianness() + "-endian order: only one, little-endian, can be read");
        }
    }

    /** The names of all tensors. */
    Set<String> names() {
        return Set.copyOf(entries.keySet());
    }

    /**
     * Reads tensors from the data file, front to back.
     *
     * @param data the data file, at its beginning; read as far as needed, not closed
     * @param names what to read
     * @return fresh float32 arrays in C order, outside of any workspace
     * @throws IllegalStateException if there is no such tensor, it is not float32, or its checksum is wrong
     * @throws IOException if the data cannot be read, or end too soon
     */
    @SuppressWarnings("try") // the workspace scope is there for its effect
    Map<String, INDArray> read(InputStream data, Collection<String> names) throws IOException {
        List<String> inOrder = names.stream()
                .sorted(Comparator.comparingLong((String name) -> entry(name).getOffset()))
                .toList();
        Map<String, INDArray> tensors = new LinkedHashMap<>();
        long position = 0;
        try (MemoryWorkspace scope = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
            for (String name : inOrder) {
                BundleEntryProto entry = entry(name);
                data.skipNBytes(entry.getOffset() - position);
                tensors.put(name, read(data, name, entry));
                position = entry.getOffset() + entry.getSize();
            }
        }
        return tensors;
    }

    private static INDArray read(InputStream data, String name, BundleEntryProto entry) throws IOException {
        INDArray tensor = Nd4j.createUninitialized(DataType.FLOAT, shape(name, entry), 'c');
        ByteBuffer target = tensor.data().asNio(); // wherever ND4J runs, memory is little-endian too
        CRC32C crc = new CRC32C();
        byte[] chunk = new byte[CHUNK];
        for (long left = entry.getSize(); left > 0; ) {
            int read = data.read(chunk, 0, (int) Math.min(CHUNK, left));
            if (read < 0) {
                throw new EOFException("the data end " + left + " bytes before the end of the tensor '" + name + "'");
            }
            crc.update(chunk, 0, read);
            target.put(chunk, 0, read);
            left -= read;
        }
        if (MaskedCrc.of(crc) != entry.getCrc32C()) {
            throw new IllegalStateException("the tensor '" + name + "' has a wrong checksum: the file is damaged");
        }
        return tensor;
    }

    private static long[] shape(String name, BundleEntryProto entry) {
        long[] shape = entry.getShape().getDimList().stream()
                .mapToLong(TensorShapeProto.Dim::getSize)
                .toArray();
        long bytes = Float.BYTES;
        for (long size : shape) {
            bytes = Math.multiplyExact(bytes, size);
        }
        if (entry.getDtypeValue() != FLOAT || bytes != entry.getSize()) {
            throw new IllegalStateException("the tensor '" + name + "' must be float32 but has type " + entry.getDtype()
                    + " and " + entry.getSize() + " bytes where its shape asks for " + bytes);
        }
        return shape;
    }

    private BundleEntryProto entry(String name) {
        BundleEntryProto entry = entries.get(name);
        if (entry == null) {
            throw new IllegalStateException("the bundle has no tensor '" + name + "': it has " + entries.keySet());
        }
        return entry;
    }
}
