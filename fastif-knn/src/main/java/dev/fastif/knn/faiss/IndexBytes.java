package dev.fastif.knn.faiss;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;

/** What FAISS wrote, number by number: no more is read, skipped or allocated than the file has. Not thread-safe. */
final class IndexBytes implements Closeable {
    private static final int CHUNK = 1 << 16;

    private final DataInputStream in;
    private long left;

    IndexBytes(Path file, long offset, long length) throws IOException {
        in = new DataInputStream(new BufferedInputStream(new FileInputStream(file.toFile()), CHUNK));
        in.skipNBytes(offset);
        left = length;
    }

    /** Throws unless a condition holds that FAISS relies on. */
    static void require(boolean condition, String template, Object... arguments) throws IOException {
        if (!condition) {
            throw new IOException(String.format(Locale.ROOT, template, arguments));
        }
    }

    /** How many bytes follow. */
    long left() {
        return left;
    }

    private ByteBuffer next(int bytes) throws IOException {
        require(bytes <= left, "it ends where %d more bytes should be", bytes - left);
        byte[] read = new byte[bytes];
        in.readFully(read);
        left -= bytes;
        return ByteBuffer.wrap(read).order(ByteOrder.LITTLE_ENDIAN);
    }

    String fourLetters() throws IOException {
        return StandardCharsets.ISO_8859_1.decode(next(4)).toString();
    }

    int integer() throws IOException {
        return next(Integer.BYTES).getInt();
    }

    long size() throws IOException {
        return next(Long.BYTES).getLong();
    }

    boolean bool() throws IOException {
        int value = next(1).get();
        require(value == 0 || value == 1, "a truth value is %d", value);
        return value == 1;
    }

    float number() throws IOException {
        float value = next(Float.BYTES).getFloat();
        require(Float.isFinite(value), "a number is %s", value);
        return value;
    }

    void requireInteger(String what, int least, int most) throws IOException {
        int value = integer();
        require(value >= least && value <= most, "%s is %d, not %d to %d", what, value, least, most);
    }

    void requireSize(String what, long expected) throws IOException {
        long value = size();
        require(value == expected, "%s is %d, not %d", what, value, expected);
    }

    /** The length of a vector that is here. */
    int length(String what, int bytesOfElement) throws IOException {
        long length = size();
        require(
                length >= 0 && length <= left / bytesOfElement && length <= Integer.MAX_VALUE - 8,
                "%s are %d, more than the file has",
                what,
                length);
        return (int) length;
    }

    int[] integers(String what) throws IOException {
        int[] values = new int[length(what, Integer.BYTES)];
        for (int i = 0; i < values.length; i++) {
            values[i] = Integer.reverseBytes(in.readInt());
        }
        left -= (long) values.length * Integer.BYTES;
        return values;
    }

    long[] sizes(String what) throws IOException {
        long[] values = new long[length(what, Long.BYTES)];
        for (int i = 0; i < values.length; i++) {
            values[i] = Long.reverseBytes(in.readLong());
        }
        left -= (long) values.length * Long.BYTES;
        return values;
    }

    /** Passes a vector of finite numbers, which must have this length. */
    void requireNumbers(String what, long expected) throws IOException {
        requireSize("the number of " + what, expected);
        skipNumbers(what, expected);
    }

    /** Passes this many finite numbers. */
    void skipNumbers(String what, long count) throws IOException {
        require(count >= 0 && count <= left / Float.BYTES, "there are no %d %s", count, what);
        for (long i = 0; i < count; i++) {
            float value = Float.intBitsToFloat(Integer.reverseBytes(in.readInt()));
            require(Float.isFinite(value), "%s hold %s", what, value);
        }
        left -= count * Float.BYTES;
    }

    /** Passes a vector of finite numbers of any length up to this; returns the length. */
    long skipNumbersUpTo(String what, long most) throws IOException {
        long count = size();
        require(count >= 0 && count <= most, "%s are %d, more than %d", what, count, most);
        skipNumbers(what, count);
        return count;
    }

    /** Passes a vector of bytes, which must have this length. */
    void requireBytes(String what, long expected) throws IOException {
        requireSize("the number of " + what, expected);
        skipBytes(what, expected);
    }

    /** Passes bytes. */
    void skipBytes(String what, long count) throws IOException {
        require(count >= 0 && count <= left, "there are no %d %s", count, what);
        in.skipNBytes(count);
        left -= count;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
