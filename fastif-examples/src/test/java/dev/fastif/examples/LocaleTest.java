package dev.fastif.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** No text depends on the machine's language: digits of another script in a setting or a file name would make it another. */
class LocaleTest {
    private static final Pattern WITHOUT_LOCALE =
            Pattern.compile("(String\\.format|\\.printf)\\((?!\\s*Locale)|\\.formatted\\(|to(Lower|Upper)Case\\(\\)");

    @Test
    void everyFormatNamesItsLocale() throws IOException {
        List<String> found = new ArrayList<>();
        try (Stream<Path> files = Files.walk(Path.of(".."))) {
            for (Path file : files.filter(each -> each.toString().endsWith(".java"))
                    .filter(each -> each.toString().contains("/src/main/".replace("/", file())))
                    .toList()) {
                String text = Files.readString(file);
                Matcher matcher = WITHOUT_LOCALE.matcher(text);
                while (matcher.find()) {
                    found.add(file + ", line "
                            + (1 + text.substring(0, matcher.start()).lines().count()) + ": " + matcher.group());
                }
            }
        }
        assertEquals(List.of(), found);
    }

    private static String file() {
        return Path.of("").getFileSystem().getSeparator();
    }
}
