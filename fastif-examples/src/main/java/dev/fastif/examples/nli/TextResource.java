package dev.fastif.examples.nli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The lines of a text file beside this class, less comments and blank lines, each with its number. */
record TextResource(List<Line> lines) {
    /** A line of a named file. */
    record Line(String file, int number, String text) {
        NliFormatException error(String reason) {
            return new NliFormatException(file, number, reason);
        }
    }

    static TextResource open(String name) {
        try (InputStream stream = TextResource.class.getResourceAsStream(name)) {
            if (stream == null) {
                throw new IllegalStateException("The resource " + name + " is missing; build fastif-examples anew");
            }
            return of(name, new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw new UncheckedIOException("Could not read the resource " + name, e);
        }
    }

    private static TextResource of(String name, BufferedReader reader) throws IOException {
        List<Line> lines = new ArrayList<>();
        int number = 1;
        for (String text = reader.readLine(); text != null; text = reader.readLine()) {
            if (!text.isBlank() && !text.startsWith("#")) {
                lines.add(new Line(name, number, text.strip()));
            }
            number++;
        }
        return new TextResource(List.copyOf(lines));
    }
}
