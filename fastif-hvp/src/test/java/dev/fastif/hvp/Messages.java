package dev.fastif.hvp;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.function.Executable;

/** Checks that an exception tells its reader what is wrong. */
public final class Messages {
    private Messages() {}

    /** Asserts the exception and its words, and returns its message. */
    public static String assertMentions(Class<? extends Exception> type, Executable action, String... mentions) {
        String message = String.valueOf(assertThrows(type, action).getMessage());
        for (String mention : mentions) {
            assertTrue(message.contains(mention), () -> "'" + mention + "' is missing in: " + message);
        }
        return message;
    }

    /** Asserts an {@link IllegalArgumentException} of these words. */
    public static void assertRejected(Executable action, String... mentions) {
        assertMentions(IllegalArgumentException.class, action, mentions);
    }
}
