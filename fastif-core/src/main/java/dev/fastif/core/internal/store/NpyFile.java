package dev.fastif.core.internal.store;

import dev.fastif.core.DamagedFileException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.BytePointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Reads arrays that numpy saved. ND4J's own reader ends the process when a header is damaged and gives other numbers when a file was
 * cut; here the length of the file must be that of the array. The format has no checksum: what we write ourselves is an
 * {@link ArrayFile}.
 */
public final class NpyFile {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final Pattern HEADER =
            Pattern.compile("\\{'descr': '([<>|=])(\\w\\d{1,3})', 'fortran_order': (True|False),"
                    + " 'shape': \\(((?:\\d{1,18}(?:,|(?:, ?\\d{1,18})+))?)\\), } *\n");
    private static final int LONGEST = 1 << 16;
    private static final int CHUNK = 1 << 20;
    private static final String REMEDY = "Save it anew by numpy.save.";

    private static final Map<String, DataType> TYPES = Map.of(
            "f4", DataType.FLOAT,
            "f8", DataType.DOUBLE,
            "i1", DataType.INT8,
            "i2", DataType.INT16,
            "i4", DataType.INT32,
            "i8", DataType.INT64,
            "u1", DataType.UINT8);

    private NpyFile() {}

    /**
     * The array, in C order; a scalar has the shape [].
     *
     * @throws DamagedFileException if it is no array of numpy's, or another length than it says
     * @throws UncheckedIOException if it cannot be read, or has another type than real and whole numbers of 1 to 8 bytes
     */
    public static INDArray read(Path file) {
        try (InputStream in = new BufferedInputStream(new FileInputStream(file.toFile()))) {
            return read(file, in);
        } catch (EOFException e) {
            throw new DamagedFileException(file, "ends within its header", REMEDY);
        } catch (IOException e) {
            throw new UncheckedIOException("the array could not be read from " + file + " (" + e.getMessage() + ")", e);
        }
    }

    private static INDArray read(Path file, InputStream in) throws IOException {
        if (!Arrays.equals(in.readNBytes(MAGIC.length), MAGIC)) {
            throw new DamagedFileException(file, "does not begin as numpy's arrays do", REMEDY);
        }
        int version = littleEndian(in, 2); // major, minor
        if (version < 1 || version > 3) {
            throw new DamagedFileException(file, "has a version that numpy does not write", REMEDY);
        }
        int size = version == 1 ? 2 : Integer.BYTES;
        int length = littleEndian(in, size);
        if (length < 0 || length > LONGEST) {
            throw new DamagedFileException(file, "says that its header has " + length + " bytes", REMEDY);
        }
        byte[] text = in.readNBytes(length);
        Matcher header = HEADER.matcher(new String(text, StandardCharsets.ISO_8859_1));
        if (text.length < length || !header.matches()) {
            throw new DamagedFileException(file, "has no header of an array", REMEDY);
        }
        DataType type = TYPES.get(header.group(2));
        if (type == null) {
            throw new IOException("it has numbers of type " + header.group(2) + ", not one of " + TYPES.keySet());
        }
        long[] shape = Arrays.stream(header.group(4).split(",", -1))
                .map(String::strip)
                .filter(number -> !number.isEmpty())
                .mapToLong(Long::parseLong)
                .toArray();
        long bytes = Files.size(file) - MAGIC.length - 2 - size - length;
        if (bytes != ArrayFile.bytes(type, shape)) {
            throw new DamagedFileException(
                    file, "has " + bytes + " bytes of numbers and says " + type + " " + Arrays.toString(shape), REMEDY);
        }
        if (bytes == 0) {
            return Nd4j.create(type, shape);
        }
        char order = header.group(3).equals("True") ? 'f' : 'c';
        INDArray array = Nd4j.createUninitializedDetached(type, order, shape);
        fill(file, in, array, bytes, header.group(1).equals(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        return order == 'f' ? array.dup('c') : array;
    }

    private static int littleEndian(InputStream in, int bytes) throws IOException {
        int value = 0;
        for (int i = 0; i < bytes; i++) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException();
            }
            value |= next << (Byte.SIZE * i);
        }
        return value;
    }

    private static void fill(Path file, InputStream in, INDArray array, long bytes, ByteOrder order)
            throws IOException {
        BytePointer target = new BytePointer(array.data().pointer());
        int width = array.dataType().width();
        for (long at = 0; at < bytes; at += CHUNK) {
            int size = (int) Math.min(CHUNK, bytes - at);
            byte[] chunk = in.readNBytes(size);
            if (chunk.length < size) {
                throw new DamagedFileException(file, "was cut while it was read", REMEDY);
            }
            if (order != ByteOrder.nativeOrder()) {
                reverse(chunk, width);
            }
            target.getPointer(at).capacity(size).asByteBuffer().put(ByteBuffer.wrap(chunk));
        }
    }

    private static void reverse(byte[] numbers, int width) {
        for (int start = 0; start < numbers.length; start += width) {
            for (int i = 0; i < width / 2; i++) {
                byte swapped = numbers[start + i];
                numbers[start + i] = numbers[start + width - 1 - i];
                numbers[start + width - 1 - i] = swapped;
            }
        }
    }
}
