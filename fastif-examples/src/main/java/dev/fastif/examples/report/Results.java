package dev.fastif.examples.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Supplier;
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
    private static final String SETTINGS = "settings";
    private static final String KEY = "key";
    private static final String VALUE = "value";

    private final Path file;
    private final FileChannel channel;
    private final Map<String, JsonNode> values = new LinkedHashMap<>();
    private final int found;

    private Results(Path file, FileChannel channel, JsonNode settings) throws IOException {
        this.file = file;
        this.channel = channel;
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
            FileChannel channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            try {
                lock(file, channel);
                return new Results(file, channel, parse(JSON.writeValueAsString(settings)));
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Could not open the results " + file, e);
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
        ByteBuffer content = ByteBuffer.allocate(Math.toIntExact(channel.size()));
        while (content.hasRemaining() && channel.read(content) >= 0) {
            // until all of it is here
        }
        String text = new String(content.array(), StandardCharsets.UTF_8);
        int complete = text.lastIndexOf('\n') + 1;
        channel.truncate(text.substring(0, complete).getBytes(StandardCharsets.UTF_8).length);
        channel.position(channel.size());
        Iterator<String> lines = text.substring(0, complete).lines().iterator();
        if (lines.hasNext()) {
            requireSame(record(lines.next(), 1).get(SETTINGS), settings);
        } else {
            append(JSON.createObjectNode().set(SETTINGS, settings));
        }
        for (long line = 2; lines.hasNext(); line++) {
            JsonNode record = record(lines.next(), line);
            values.put(record.path(KEY).asText(), record.path(VALUE));
        }
    }

    private JsonNode record(String line, long number) {
        try {
            return JSON.readTree(line);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(
                    file + ", line " + number
                            + ": no JSON object. Delete this line and those below it, or the file: what"
                            + " is missing is computed again",
                    e);
        }
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
                        "%s%s was %s and is %s",
                        differences.isEmpty() ? "" : ", ", name, then.path(name), now.path(name)));
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
            throw new UncheckedIOException("Could not write the results " + file, e);
        }
    }

    private void append(JsonNode record) throws IOException {
        ByteBuffer line = ByteBuffer.wrap((JSON.writeValueAsString(record) + "\n").getBytes(StandardCharsets.UTF_8));
        while (line.hasRemaining()) {
            channel.write(line);
        }
        channel.force(false);
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
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException("Could not close the results " + file, e);
        }
    }
}
