package dev.fastif.examples.nli;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** Checks what an error says. */
final class Messages {
    private Messages() {}

    static void assertSays(String part, Throwable error) {
        String message = String.valueOf(error.getMessage());
        assertTrue(message.contains(part), "expected '" + part + "' in: " + message);
    }
}
