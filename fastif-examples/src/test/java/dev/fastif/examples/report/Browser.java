package dev.fastif.examples.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Opens a page in headless Chromium and looks at it: a copy of the page carries a script that moves the pointer over every
 * mark and leaves what it saw in the document, which Chromium prints.
 */
public final class Browser {
    private static final List<String> NAMES = List.of("chromium", "chromium-browser", "google-chrome");
    private static final Pattern REPORT = Pattern.compile("<pre id=\"seen\">(.*?)</pre>", Pattern.DOTALL);
    private static final String WATCH = """
            <script>window.seen = {errors: []};
            window.addEventListener('error', e => seen.errors.push(String(e.message)));
            document.addEventListener('securitypolicyviolation', e => seen.errors.push('blocked ' + e.blockedURI));
            </script>
            """;
    private static final String LOOK = """
            <script>
            seen.figures = [...document.querySelectorAll('figure svg')].map(svg => {
              const box = svg.getBoundingClientRect();
              return {width: box.width, height: box.height, marks: svg.querySelectorAll('[data-tip]').length,
                shapes: svg.querySelectorAll('path, circle, line, rect').length};
            });
            const tip = document.getElementById('tip');
            seen.hovered = 0;
            for (const mark of document.querySelectorAll('[data-tip]')) {
              mark.dispatchEvent(new PointerEvent('pointerover', {bubbles: true, clientX: 50, clientY: 50}));
              if (!tip.hidden && tip.textContent === mark.getAttribute('data-tip') && tip.textContent.length > 0) {
                seen.hovered++;
              }
            }
            seen.marks = document.querySelectorAll('[data-tip]').length;
            seen.loaded = performance.getEntriesByType('resource').map(e => e.name);
            seen.tables = document.querySelectorAll('table tbody tr').length;
            const pre = document.createElement('pre');
            pre.id = 'seen';
            pre.textContent = JSON.stringify(seen);
            document.body.append(pre);
            </script>
            """;

    private Browser() {}

    /**
     * Checks that nothing goes wrong in the page, that each of its figures shows something that answers to the pointer, and
     * that nothing is loaded. The test is skipped where there is no Chromium.
     *
     * @param figures how many there must be
     */
    public static void check(Path page, int figures) throws IOException, InterruptedException {
        String html = Files.readString(page);
        assertFalse(html.matches("(?s).*(src|href)=[\"'](?!#).*"), "the page refers to something outside");
        Path copy = page.resolveSibling("watched-" + page.getFileName());
        Files.writeString(copy, html.replace("<head>", "<head>" + WATCH).replace("</body>", LOOK + "</body>"));
        Path log = page.resolveSibling(page.getFileName() + ".log");
        String dom = run(copy, log);
        Matcher report = REPORT.matcher(dom);
        assertTrue(report.find(), () -> "the page's scripts did not come to their end: " + dom);
        JsonNode seen = new ObjectMapper()
                .readTree(report.group(1)
                        .replace("&quot;", "\"")
                        .replace("&lt;", "<")
                        .replace("&gt;", ">")
                        .replace("&amp;", "&"));
        assertEquals("[]", seen.get("errors").toString());
        assertEquals("[]", seen.get("loaded").toString());
        assertFalse(Files.readString(log).contains(":CONSOLE"), () -> "the console has messages, see " + log);
        assertEquals(figures, seen.get("figures").size());
        for (JsonNode figure : seen.get("figures")) {
            assertTrue(
                    figure.get("width").asDouble() > 100 && figure.get("height").asDouble() > 100, figure::toString);
            assertTrue(figure.get("marks").asInt() > 0 && figure.get("shapes").asInt() > 3, figure::toString);
        }
        assertEquals(seen.get("marks"), seen.get("hovered"));
        assertTrue(seen.get("tables").asInt() >= figures);
    }

    private static String run(Path page, Path log) throws IOException, InterruptedException {
        Path dom = page.resolveSibling(page.getFileName() + ".dom");
        Process process = new ProcessBuilder(
                        executable(),
                        "--headless=new",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--enable-logging=stderr",
                        "--virtual-time-budget=5000",
                        "--user-data-dir=" + page.resolveSibling("profile"),
                        "--dump-dom",
                        page.toUri().toString())
                .redirectOutput(dom.toFile())
                .redirectError(log.toFile())
                .start();
        if (!process.waitFor(120, TimeUnit.SECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            throw new IOException("Chromium did not come to its end within two minutes");
        }
        return Files.readString(dom);
    }

    private static String executable() {
        for (String folder : System.getenv("PATH").split(File.pathSeparator, -1)) {
            for (String name : NAMES) {
                if (Files.isExecutable(Path.of(folder, name))) {
                    return Path.of(folder, name).toString();
                }
            }
        }
        String reason = "Skipped: no Chromium on the path to open the page in (apt-get install chromium)";
        System.out.println(reason);
        return abort(reason);
    }
}
