package dev.fastif.examples.nli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What stands on a line besides one object is not passed over. */
class JsonRowsTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\":\"x\"}{\"a\":\"y\"}",
                "{\"a\":\"x\"} {\"a\":\"y\"}",
                "{\"a\":\"x\"},",
                "{\"a\":\"x\"}]",
                "{\"a\":\"x\"} 7",
                "{\"a\":\"x\",}",
                "{\"a\":\"x\",\"a\":\"y\"}",
                "{\"a\":\"x\""
            })
    void aLineIsOneObjectOrAProblem(String line) throws IOException {
        Path file = folder.resolve("rows.jsonl");
        Files.writeString(file, "{\"a\":\"first\"}\n" + line + "\n{\"a\":\"last\"}\n");
        try (Rows rows = JsonRows.open(file)) {
            assertTrue(rows.advance());
            assertEquals("first", rows.field("a"));
            RowException problem = assertThrows(RowException.class, rows::advance);
            assertEquals(2, rows.line());
            assertTrue(String.valueOf(problem.getMessage()).contains("not a JSON object"), problem.getMessage());
            assertTrue(rows.advance());
            assertEquals("last", rows.field("a"));
        }
    }
}
