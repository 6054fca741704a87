package dev.fastif.examples.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The results of an experiment in a file of JSON lines: the settings first, then one record for each unit of work under
 * its key. A run that was killed goes on where it was; its file ends up the same as that of a run that was not, as long as
 * the work depends on nothing but the settings and units are asked for in the same order.
 *
 * <p>A line that was half written when the run was killed is dropped, and its unit done again. The file is locked while it
 * is open. Not thread-safe.
 */
public final class Results implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String BEGIN = "{\"settings\":";
    private static final int CHECKSUM_LENGTH = 9; // a tab and eight digits
    private static final String SETTINGS = "settings";
    private static final String KEY = "key";
    private static final String VALUE = "value";

    private final Path file;
    private final RandomAccessFile lines; // no channel, which an interrupt would close
    private final Map<String, JsonNode> values = new LinkedHashMap<>();
    private final int found;

    private Results(Path file, RandomAccessFile lines, JsonNode settings) throws IOException {
        this.file = file;
        this.lines = lines;
        readBack(settings);
        found = values.size();
    }

    /**
     * Opens the results of a run, or begins them.
     *
     * @param settings everything that the results depend on, in the order to write it in
     * @throws IllegalArgumentException if the file holds results of other settings
     * @throws IllegalStateException if the file is no file of results, or another process is writing it
     * @throws UncheckedIOException if it cannot be read or written
     */
    public static Results open(Path file, Map<String, ?> settings) {
        try {
            java.nio.file.Files.createDirectories(file.toAbsolutePath().getParent());
            RandomAccessFile lines = new RandomAccessFile(file.toFile(), "rw");
            try {
                lock(file, lines.getChannel());
                return new Results(file, lines, parse(JSON.writeValueAsString(settings)));
            } catch (IOException | RuntimeException e) {
                lines.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Could not open the results " + file + " (" + e.getMessage() + ")", e);
        }
    }

    private static void lock(Path file, FileChannel channel) throws IOException {
        boolean free;
        try {
            free = channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            free = false;
        }
        if (!free) {
            throw new IllegalStateException("another run is writing " + file + ": wait for it, or give this one another"
                    + " folder for its results");
        }
    }

    private void readBack(JsonNode settings) throws IOException {
        byte[] content = new byte[Math.toIntExact(lines.length())];
        lines.readFully(content);
        int complete = content.length; // the last line may be half written
        while (complete > 0 && content[complete - 1] != '\n') {
            complete--;
        }
        requireOurs(content, complete);
        // by byte, so that a damaged one spoils no other
        Iterator<String> read = new String(content, 0, complete, StandardCharsets.ISO_8859_1)
                .lines()
                .iterator();
        if (read.hasNext()) {
            requireSame(record(read.next(), 1).get(SETTINGS), settings);
        } else {
            lines.setLength(0);
            append(JSON.createObjectNode().set(SETTINGS, settings));
        }
        for (long line = 2; read.hasNext(); line++) {
            JsonNode record = record(read.next(), line);
            values.put(record.path(KEY).asText(), record.path(VALUE));
        }
        if (complete > 0) {
            lines.setLength(complete);
        }
        lines.seek(lines.length());
    }

    /** A file without a line may be a first line that was half written; anything else is not ours to cut. */
    private void requireOurs(byte[] content, int complete) {
        byte[] begin = BEGIN.getBytes(StandardCharsets.ISO_8859_1);
        int length = Math.min(begin.length, content.length);
        if (complete == 0 && !Arrays.equals(content, 0, length, begin, 0, length)) {
            throw foreign(null);
        }
    }

    private IllegalStateException foreign(@Nullable Exception cause) {
        return new IllegalStateException(
                file
                        + " does not begin with the settings of an experiment, or they were written by an earlier version or damaged: choose"
                        + " another folder for the results, or discard them with --restart",
                cause);
    }

    private JsonNode record(String line, long number) {
        byte[] bytes = line.getBytes(StandardCharsets.ISO_8859_1);
        int body = Math.max(0, bytes.length - CHECKSUM_LENGTH);
        String checksum = new String(bytes, body, bytes.length - body, StandardCharsets.ISO_8859_1);
        if (!checksum.equals(checksum(bytes, body))) {
            if (number == 1) {
                throw foreign(null);
            }
            throw damaged(
                    number, "the line and its checksum do not agree, or it was written by an earlier version", null);
        }
        try {
            return JSON.readTree(bytes, 0, body);
        } catch (IOException e) {
            throw damaged(number, "no JSON object", e);
        }
    }

    private IllegalStateException damaged(long line, String what, @Nullable Exception cause) {
        return new IllegalStateException(
                file + ", line " + line + ": " + what + ". Delete this line and those below it, or the file: what"
                        + " is missing is computed again",
                cause);
    }

    /** What ends the line of a record: of its bytes. */
    private static String checksum(byte[] bytes, int length) {
        CRC32C sum = new CRC32C();
        sum.update(bytes, 0, length);
        return String.format(Locale.ROOT, "\t%08x", sum.getValue());
    }

    private void requireSame(@Nullable JsonNode then, JsonNode now) {
        if (then == null) {
            throw new IllegalStateException(file + " does not begin with the settings of an experiment: is it another"
                    + " file? Choose another folder for the results");
        }
        if (!then.equals(now)) {
            TreeSet<String> names = new TreeSet<>();
            then.fieldNames().forEachRemaining(names::add);
            now.fieldNames().forEachRemaining(names::add);
            names.removeIf(name -> then.path(name).equals(now.path(name)));
            StringBuilder differences = new StringBuilder();
            for (String name : names) {
                differences.append(String.format(
                        Locale.ROOT,
                        "%s%s was %s and is %s",
                        differences.isEmpty() ? "" : ", ",
                        name,
                        then.path(name),
                        now.path(name)));
            }
            throw new IllegalArgumentException(file + " holds results of other settings: " + differences
                    + ". Choose another folder with --results, or discard them with --restart");
        }
    }

    /**
     * The result of a unit of work: the one on file, or that of doing it now, which is on file when this returns.
     *
     * @param key names the unit
     * @param type a record, or whatever else JSON can hold
     * @param work does it
     * @throws UncheckedIOException if it cannot be written
     */
    public <T> T of(String key, Class<T> type, Supplier<T> work) {
        try {
            JsonNode known = values.get(key);
            if (known == null) {
                known = JSON.valueToTree(work.get());
                ObjectNode record = JSON.createObjectNode().put(KEY, key);
                append(record.set(VALUE, known));
                values.put(key, known);
            }
            // what was just computed goes through JSON too, so that both runs go on with the same numbers
            return JSON.treeToValue(known, type);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "Could not write the results " + file + " (" + e.getMessage()
                            + "): is there room? What was done before is on file; the same command goes on from there",
                    e);
        }
    }

    private void append(JsonNode record) throws IOException {
        byte[] body = JSON.writeValueAsBytes(record);
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        line.writeBytes(body);
        line.writeBytes((checksum(body, body.length) + "\n").getBytes(StandardCharsets.ISO_8859_1));
        lines.write(line.toByteArray());
        lines.getFD().sync();
    }

    private static JsonNode parse(String text) throws JsonProcessingException {
        return JSON.readTree(text);
    }

    /** How many results were on file when it was opened. */
    public int found() {
        return found;
    }

    /** Whether the result of a unit is on file. */
    public boolean has(String key) {
        return values.containsKey(key);
    }

    @Override
    public void close() {
        try {
            lines.close();
        } catch (IOException e) {
            throw new UncheckedIOException("Could not close the results " + file + " (" + e.getMessage() + ")", e);
        }
    }
}
