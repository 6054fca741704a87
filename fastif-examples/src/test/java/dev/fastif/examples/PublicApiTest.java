package dev.fastif.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What users can call is written down, a page for each module, so that it never changes by accident. After a change that is
 * meant, {@code ./mvnw verify -Dfastif.writeApi=true} writes the pages anew.
 */
class PublicApiTest {
    private static final Path PAGES = Path.of("..", "docs", "api");

    @ParameterizedTest
    @ValueSource(strings = {"core", "knn", "hvp"})
    void isTheOneOnThePage(String module) throws IOException {
        Path page = PAGES.resolve("fastif-" + module + ".md");
        String today = page(module);
        if (Boolean.getBoolean("fastif.writeApi")) {
            Files.createDirectories(PAGES);
            Files.writeString(page, today);
        }
        assertEquals(
                Files.exists(page) ? Files.readString(page) : "",
                today,
                () -> "the public API of fastif-" + module + " is not the one of docs/api/" + page.getFileName()
                        + ": if the change is meant, run ./mvnw verify -Dfastif.writeApi=true and commit that page");
    }

    private static String page(String module) {
        StringBuilder page = new StringBuilder("# Public API of fastif-" + module + "\n\n"
                + "Written by `./mvnw verify -Dfastif.writeApi=true`; a test compares it with the code.\n");
        String before = "";
        for (Class<?> type : types(module)) {
            if (!type.getPackageName().equals(before)) {
                before = type.getPackageName();
                page.append("\n## ").append(before).append('\n');
            }
            page.append("\n```java\n").append(declaration(type)).append(" {\n");
            members(type).forEach(member -> page.append("    ").append(member).append(";\n"));
            page.append("}\n```\n");
        }
        return page.toString();
    }

    /** The public types of a module, outside of its internal packages, with all public types inside of them. */
    private static List<Class<?>> types(String module) {
        return new ClassFileImporter()
                        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                        .importPackages("dev.fastif." + module)
                        .stream()
                        .filter(type -> !type.getPackageName().contains(".internal"))
                        .map(JavaClass::reflect)
                        .filter(PublicApiTest::isVisible)
                        .sorted(Comparator.<Class<?>, String>comparing(Class::getPackageName)
                                .thenComparing(Class::getName))
                        .collect(Collectors.toList());
    }

    private static boolean isVisible(Class<?> type) {
        Class<?> outer = type.getEnclosingClass();
        return Modifier.isPublic(type.getModifiers()) && !type.isSynthetic() && (outer == null || isVisible(outer));
    }

    private static String declaration(Class<?> type) {
        String text = shortened(type.toGenericString())
                .replaceAll("abstract (static )?interface", "$1interface")
                .replaceAll("(abstract|final) enum", "enum")
                .replace("final record", "record");
        String components = type.isRecord()
                ? Arrays.stream(type.getRecordComponents())
                        .map(PublicApiTest::component)
                        .collect(Collectors.joining(", ", "(", ")"))
                : "";
        Type parent = type.getGenericSuperclass();
        boolean plain = parent == null
                || parent == Object.class
                || type.isEnum()
                || type.isRecord()
                || !(parent instanceof Class<?> known ? isPublic(known) : true);
        String interfaces = Arrays.stream(type.getGenericInterfaces())
                .map(PublicApiTest::name)
                .collect(Collectors.joining(", "));
        return text
                + components
                + (plain ? "" : " extends " + name(parent))
                + (interfaces.isEmpty() ? "" : (type.isInterface() ? " extends " : " implements ") + interfaces);
    }

    private static boolean isPublic(Class<?> type) {
        return Modifier.isPublic(type.getModifiers());
    }

    private static String component(RecordComponent component) {
        return name(component.getGenericType()) + " " + component.getName();
    }

    private static List<String> members(Class<?> type) {
        Stream<String> fields = Arrays.stream(type.getDeclaredFields())
                .filter(PublicApiTest::isVisible)
                .map(Field::toGenericString);
        Stream<String> constructors = Arrays.stream(type.getDeclaredConstructors())
                .filter(constructor -> isVisible(constructor) && !type.isRecord())
                .map(Constructor::toGenericString);
        Stream<String> methods = Arrays.stream(type.getDeclaredMethods())
                .filter(method -> isVisible(method) && !isGiven(type, method))
                .map(Method::toGenericString);
        return Stream.of(fields, constructors, methods)
                .flatMap(members -> members.map(PublicApiTest::shortened)
                        .map(member -> member.replace(shortened(type.getName()).replace('$', '.') + ".", ""))
                        .sorted())
                .toList();
    }

    private static boolean isVisible(Member member) {
        return (member.getModifiers() & (Modifier.PUBLIC | Modifier.PROTECTED)) != 0 && !member.isSynthetic();
    }

    /** What every record and enum has. */
    private static boolean isGiven(Class<?> type, Method method) {
        boolean ofRecord = type.isRecord()
                && (List.of("equals", "hashCode", "toString").contains(method.getName())
                        || Arrays.stream(type.getRecordComponents())
                                .anyMatch(component -> component.getAccessor().equals(method)));
        return ofRecord || (type.isEnum() && List.of("values", "valueOf").contains(method.getName()));
    }

    private static String name(Type type) {
        return shortened(type.getTypeName());
    }

    /** Without the names of packages, which imports would hide too. */
    private static String shortened(String signature) {
        return signature.replaceAll("\\b(?:[a-z][a-z0-9]*\\.)+(?=[A-Z])", "").replace('$', '.');
    }
}
