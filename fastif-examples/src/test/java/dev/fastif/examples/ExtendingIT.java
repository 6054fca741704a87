package dev.fastif.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The programs of docs/EXTENDING.md, in a project of their own that has nothing but the jars: as they stand, and with a mistake, which
 * the test kit finds.
 */
class ExtendingIT {
    private static final Pattern BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
    private static final Pattern TYPE = Pattern.compile("^(?:record|class) (\\w+)", Pattern.MULTILINE);

    /**
     * A mistake.
     *
     * @param right what stands in the document
     * @param main the program that notices it, and what it says
     */
    private record Mistake(String right, String wrong, String main, String message) {}

    /** By the packages in which the programs are put with them. */
    private static final Map<String, Mistake> MISTAKES = Map.of(
            "operation",
            new Mistake(
                    "x.mul(dx).muliRowVector(f.parameter(0)).muli(2)",
                    "x.mul(dx).muliRowVector(f.parameter(0)).muli(3)",
                    "Extending",
                    "the directional derivatives: differs by"),
            "loss",
            new Mistake("rsubi(1).muli(tangent)", "rsubi(2).muli(tangent)", "Extending", "the Hessian-vector product"),
            "layer",
            new Mistake(
                    "List.of(x), scope",
                    "List.of(scope.ops().scale(x, 1.01)), scope",
                    "Rules",
                    "the losses: differs by"),
            "op",
            new Mistake(
                    "cross(b, adjoint)", "cross(adjoint, b)", "Rules", "the gradient along a direction: differs by"));

    @Test
    void programsOfTheDocumentRunAndMistakesAreFound() throws IOException, InterruptedException {
        InstalledJdk jdk = InstalledJdk.ofVersion(17).orElseThrow();
        UserProject project = UserProject.create("extending", jdk);
        Map<String, String> programs = programs();
        assertEquals(7, programs.size());
        for (Map.Entry<String, String> program : programs.entrySet()) {
            project.write("src/main/java/" + program.getKey() + ".java", program.getValue());
            for (Map.Entry<String, Mistake> mistake : MISTAKES.entrySet()) {
                String text = program.getValue().replace(mistake.getValue().right, mistake.getValue().wrong);
                String file = mistake.getKey() + "/" + program.getKey() + ".java";
                project.write("src/main/java/" + file, "package " + mistake.getKey() + ";\n" + text);
            }
        }
        project.compile();
        assertPrints("both hold; a gradient of 8 numbers", project.java(List.of(), "Extending"));
        assertPrints("both rules hold; 3 influences", project.java(List.of(), "Rules"));
        for (Map.Entry<String, Mistake> entry : MISTAKES.entrySet()) {
            Mistake mistake = entry.getValue();
            assertPrints(mistake.message, project.failingJava(entry.getKey() + "." + mistake.main));
        }
    }

    /** By the names of their classes. */
    private static Map<String, String> programs() throws IOException {
        Map<String, String> programs = new LinkedHashMap<>();
        Matcher block = BLOCK.matcher(Files.readString(Path.of("../docs/EXTENDING.md")));
        while (block.find()) {
            Matcher type = TYPE.matcher(block.group(1));
            assertTrue(type.find(), block.group(1));
            programs.put(type.group(1), block.group(1));
        }
        return programs;
    }

    private static void assertPrints(String expected, String printed) {
        assertTrue(printed.contains(expected), () -> expected + "\n" + printed);
    }
}
