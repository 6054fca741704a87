package dev.fastif.core;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.function.Executable;

/** Checks that an exception tells its reader what is wrong. */
final class Failures {
    private Failures() {}

    static void assertMentions(Class<? extends Exception> type, Executable action, String... mentions) {
        String message = String.valueOf(assertThrows(type, action).getMessage());
        for (String mention : mentions) {
            assertTrue(message.contains(mention), () -> "'" + mention + "' is missing in: " + message);
        }
    }

    static void assertRejected(Executable action, String... mentions) {
        assertMentions(IllegalArgumentException.class, action, mentions);
    }
}
