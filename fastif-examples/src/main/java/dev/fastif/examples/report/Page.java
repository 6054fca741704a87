package dev.fastif.examples.report;

import dev.fastif.core.internal.store.WholeFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * A page of an experiment: one file that loads nothing, for light and dark screens, with a table under each figure. Not
 * thread-safe.
 */
public final class Page {
    private final StringBuilder body = new StringBuilder();
    private final String title;

    /** Begins a page. */
    public Page(String title) {
        this.title = title;
        body.append("<h1>").append(Html.text(title)).append("</h1>\n");
    }

    /** Adds a paragraph. */
    public Page paragraph(String text) {
        body.append("<p>").append(Html.text(text)).append("</p>\n");
        return this;
    }

    /** Adds the settings, for whoever wants to do it again. */
    public Page settings(Map<String, ?> settings) {
        body.append("<details><summary>Settings</summary><dl>\n");
        settings.forEach((name, value) -> body.append("<dt>")
                .append(Html.text(name))
                .append("</dt><dd>")
                .append(Html.text(String.valueOf(value)))
                .append("</dd>\n"));
        body.append("</dl></details>\n");
        return this;
    }

    /** Adds a figure with its table. */
    public Page figure(Figure figure) {
        body.append("<figure>\n")
                .append(figure.svg())
                .append("\n<figcaption>")
                .append(Html.text(figure.caption()))
                .append("</figcaption>\n</figure>\n");
        return table(figure.table());
    }

    /** Adds a table. */
    public Page table(Table table) {
        body.append("<div class=\"wide\">").append(table.html()).append("</div>\n");
        return this;
    }

    /** The page. */
    public String html() {
        return resource("page.html")
                .replace("@TITLE@", Html.text(title))
                .replace("@STYLE@", resource("page.css"))
                .replace("@SCRIPT@", resource("page.js"))
                .replace("@BODY@", body);
    }

    /**
     * Writes the page; the file appears, or is replaced, when it is complete.
     *
     * @throws UncheckedIOException if it cannot be written
     */
    public void write(Path file) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            WholeFile.write(file, html().getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "Could not write the page " + file + " (" + e.getMessage() + "): is there room?", e);
        }
    }

    private static String resource(String name) {
        try (InputStream stream = Page.class.getResourceAsStream(name)) {
            if (stream == null) {
                throw new IllegalStateException("The resource " + name + " is missing; build fastif-examples anew");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("Could not read the resource " + name, e);
        }
    }
}
