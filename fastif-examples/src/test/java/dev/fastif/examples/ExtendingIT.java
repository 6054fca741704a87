package dev.fastif.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The programs of docs/EXTENDING.md, in a project of their own that has nothing but the jars. */
class ExtendingIT {
    private static final Pattern BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
    private static final Pattern TYPE = Pattern.compile("^(?:record|class) (\\w+)", Pattern.MULTILINE);

    @Test
    void programsOfTheDocumentRun() throws IOException, InterruptedException {
        InstalledJdk jdk = InstalledJdk.ofVersion(17).orElseThrow();
        UserProject project = UserProject.create("extending", jdk);
        Matcher block = BLOCK.matcher(Files.readString(Path.of("../docs/EXTENDING.md")));
        int blocks = 0;
        while (block.find()) {
            Matcher type = TYPE.matcher(block.group(1));
            assertTrue(type.find(), block.group(1));
            project.write("src/main/java/" + type.group(1) + ".java", block.group(1));
            blocks++;
        }
        assertEquals(3, blocks);
        project.compile();
        String printed = project.java(List.of(), "Extending");
        assertTrue(printed.contains("both hold; a gradient of 8 numbers"), printed);
    }
}
