package dev.fastif.benchmarks.race;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.StreamSupport;

/** The torch side: a process that computes when it is asked to, and waits otherwise. Not thread-safe. */
final class Torch implements AutoCloseable {
    private final ObjectMapper json = new ObjectMapper();
    private final Process process;
    private final BufferedReader answers;
    private final PrintWriter requests;
    private final JsonNode greeting;

    /**
     * Starts the process, which writes weights and examples to {@code folder}.
     *
     * @param program the interpreter, with torch
     * @param script race.py
     */
    Torch(String program, Path script, Path folder, Shape shape, int examples, int tokens) throws IOException {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("folder", folder.toString());
        settings.put("hidden", shape.hidden);
        settings.put("layers", shape.layers);
        settings.put("heads", shape.heads);
        settings.put("inter", shape.intermediate);
        settings.put("examples", examples);
        settings.put("tokens", tokens);
        process = new ProcessBuilder(program, script.toString(), json.writeValueAsString(settings))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        requests = new PrintWriter(new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8), true);
        greeting = answer();
    }

    /** The version of torch. */
    String version() {
        return greeting.get("torch").asText();
    }

    /** The number of trained parameters. */
    long parameters() {
        return greeting.get("parameters").asLong();
    }

    /** Asks for something; {@code arguments} are names and values in turn. The numbers that come back. */
    double[] ask(String request, Object... arguments) throws IOException {
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("do", request);
        for (int i = 0; i < arguments.length; i += 2) {
            message.put((String) arguments[i], arguments[i + 1]);
        }
        requests.println(json.writeValueAsString(message));
        return StreamSupport.stream(answer().get("result").spliterator(), false)
                .mapToDouble(JsonNode::asDouble)
                .toArray();
    }

    private JsonNode answer() throws IOException {
        String line = answers.readLine();
        if (line == null) {
            throw new IOException(
                    "the torch side ended, with what it printed above; it needs python3 with torch and numpy"
                            + " (Debian: python3-torch libopenblas0-pthread)");
        }
        return json.readTree(line);
    }

    @Override
    public void close() {
        process.destroy();
    }
}
