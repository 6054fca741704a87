package dev.fastif.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** A type is public because another module uses it, or because of a reason that is written down. */
class PublicTypesTest {
    private static final Path REASONS = Path.of("..", "docs", "api", "unused.md");
    private static final Pattern ROW = Pattern.compile("^\\| `([\\w.]+)` \\| \\S.*\\|$");
    private static final Pattern MODULE = Pattern.compile("^dev\\.fastif\\.(\\w+)");

    private static final JavaClasses FASTIF = new ClassFileImporter().importPackages("dev.fastif");

    @Test
    void whatNoOtherModuleUsesHasAReason() throws IOException {
        Set<String> unused = FASTIF.stream()
                .filter(PublicTypesTest::isUnused)
                .filter(type ->
                        type.getEnclosingClass().map(outer -> !isUnused(outer)).orElse(true))
                .map(type -> type.getName().replace('$', '.'))
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> explained = Files.readAllLines(REASONS).stream()
                .map(ROW::matcher)
                .filter(row -> row.matches())
                .map(row -> row.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(
                String.join("\n", explained),
                String.join("\n", unused),
                "public types that no other module uses, and the rows of docs/api/unused.md");
    }

    private static boolean isUnused(JavaClass type) {
        return isOffered(type)
                && type.getDirectDependenciesToSelf().stream()
                        .allMatch(use -> module(use.getOriginClass()).equals(module(type)));
    }

    private static boolean isOffered(JavaClass type) {
        return !module(type).equals("examples")
                && !type.getPackageName().contains(".internal")
                && isVisible(type)
                && !type.getSimpleName().isEmpty()
                && type.getSource()
                        .map(source -> !source.getUri().toString().contains("test-classes"))
                        .orElse(false);
    }

    private static boolean isVisible(JavaClass type) {
        return type.getModifiers().contains(JavaModifier.PUBLIC)
                && type.getEnclosingClass().map(PublicTypesTest::isVisible).orElse(true);
    }

    private static String module(JavaClass type) {
        var matcher = MODULE.matcher(type.getPackageName());
        return matcher.find() ? matcher.group(1) : "";
    }
}
