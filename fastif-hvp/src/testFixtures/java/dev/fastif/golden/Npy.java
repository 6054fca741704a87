package dev.fastif.golden;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Reads numpy's .npy files of real numbers, whole numbers and booleans (ND4J's own reader knows no booleans). */
final class Npy {
    private static final Pattern HEADER = Pattern.compile(
            "'descr': *'([<>|])([fiub])(\\d)'.*'fortran_order': *(True|False).*'shape': *\\(([^)]*)\\)");

    private Npy() {}

    /** The array as DOUBLE, in C order; a scalar has the shape [1]. */
    static INDArray read(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        boolean longHeader = bytes.get(6) > 1; // the format's version
        int start = longHeader ? 12 : 10;
        int length = longHeader ? bytes.getInt(8) : bytes.getShort(8);
        String text = new String(bytes.array(), start, length, StandardCharsets.ISO_8859_1);
        Matcher header = HEADER.matcher(text);
        if (!header.find()) {
            throw new IOException(file + " holds no plain array: " + text);
        }
        long[] shape = Arrays.stream(header.group(5).split(",", -1))
                .map(String::strip)
                .filter(size -> !size.isEmpty())
                .mapToLong(Long::parseLong)
                .toArray();
        bytes.position(start + length);
        bytes.order(header.group(1).equals(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        double[] values = new double[bytes.remaining() / Integer.parseInt(header.group(3))];
        for (int i = 0; i < values.length; i++) {
            values[i] = next(bytes, header.group(2) + header.group(3), file);
        }
        char order = header.group(4).equals("True") ? 'f' : 'c';
        return Nd4j.create(values, shape.length == 0 ? new long[] {1} : shape, order)
                .dup('c');
    }

    private static double next(ByteBuffer bytes, String type, Path file) throws IOException {
        return switch (type) {
            case "f8" -> bytes.getDouble();
            case "f4" -> bytes.getFloat();
            case "i8" -> bytes.getLong();
            case "i4" -> bytes.getInt();
            case "i2" -> bytes.getShort();
            case "i1", "b1" -> bytes.get();
            case "u1" -> Byte.toUnsignedInt(bytes.get());
            default -> throw new IOException(file + " holds numbers of the unknown type " + type);
        };
    }
}
