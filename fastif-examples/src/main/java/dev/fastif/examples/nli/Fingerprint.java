package dev.fastif.examples.nli;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Short names, of 16 hexadecimal digits, of what files depend on. */
final class Fingerprint {
    private Fingerprint() {}

    static String of(String text) {
        return of(text.getBytes(StandardCharsets.UTF_8));
    }

    static String of(INDArray array) {
        byte[] bytes =
                new byte[Math.toIntExact(array.length() * array.dataType().width())];
        array.data().asNio().duplicate().get(bytes);
        return of(bytes);
    }

    static String of(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
