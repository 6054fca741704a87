package dev.fastif.examples.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file of results that was damaged is refused, or what is missing is computed again: it never gives another result. */
class DamagedResultsTest {
    private static final Map<String, ?> SETTINGS = Map.of("points", 3);

    @TempDir
    private Path folder;

    private byte[] whole = {};

    record Value(double number, String text) {}

    @BeforeEach
    void write() throws IOException {
        run(folder.resolve("whole"));
        whole = Files.readAllBytes(folder.resolve("whole"));
    }

    /** How many units of work were done. */
    private int run(Path file) {
        int[] done = {0};
        try (Results results = Results.open(file, SETTINGS)) {
            for (int i = 0; i < 3; i++) {
                int number = i;
                Value value = results.of("unit " + i, Value.class, () -> {
                    done[0]++;
                    return new Value(number + 0.1, "text é " + number);
                });
                assertEquals(new Value(i + 0.1, "text é " + i), value);
            }
        }
        return done[0];
    }

    private void assertRightOrRefused(String what, byte... content) throws IOException {
        Path file = folder.resolve("damaged");
        Files.write(file, content);
        try {
            run(file);
        } catch (IllegalStateException e) {
            assertTrue(String.valueOf(e.getMessage()).contains("damaged"), what + ": " + e.getMessage());
            return;
        }
        assertEquals(0, run(file), what + ": afterwards all is on file");
    }

    @Test
    void aWholeFileIsReadBack() {
        assertEquals(0, run(folder.resolve("whole")));
    }

    @Test
    void anyBitMayFlip() throws IOException {
        for (int bit = 0; bit < 8 * whole.length; bit++) {
            byte[] damaged = whole.clone();
            damaged[bit / 8] ^= (byte) (1 << bit % 8);
            assertRightOrRefused("bit " + bit, damaged);
        }
    }

    @Test
    void itMayEndAnywhere() throws IOException {
        for (int length = 0; length < whole.length; length++) {
            assertRightOrRefused("cut to " + length, Arrays.copyOf(whole, length));
        }
    }

    @Test
    void anotherFileIsLeftAsItIs() throws IOException {
        for (String other : new String[] {"no line break", "a line\n", "{\"a\": 1}\n", "{"}) {
            Path file = folder.resolve("another");
            Files.writeString(file, other);
            if (other.equals("{")) {
                assertEquals(3, run(file), "a first line that was half written");
            } else {
                assertThrows(IllegalStateException.class, () -> run(file));
                assertEquals(other, Files.readString(file));
            }
        }
    }

    @Test
    void aHalfLineMayBeNoText() throws IOException {
        byte[] more = Arrays.copyOf(whole, whole.length + 3);
        more[whole.length] = (byte) 0xC3;
        more[whole.length + 1] = (byte) 0xFF;
        more[whole.length + 2] = '{';
        assertRightOrRefused("a half line", more);
    }

    @Test
    void anInterruptedThreadLosesNothing() {
        Path file = folder.resolve("interrupted");
        Thread.currentThread().interrupt();
        try {
            assertEquals(3, run(file));
        } finally {
            assertTrue(Thread.interrupted());
        }
        assertEquals(0, run(file));
    }
}
