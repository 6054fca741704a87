package dev.fastif.hvp.dl4j;

import java.io.IOException;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Collectors;

/** The classes that a user may build a network of. */
final class ClassPath {
    private ClassPath() {}

    /** What extends or implements a type, is no member of another class and can be made, in the jar of that type. */
    static Set<Class<?>> concrete(Class<?> type) {
        try (JarFile jar = new JarFile(
                Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI())
                        .toFile())) {
            return jar.stream()
                    .map(JarEntry::getName)
                    .filter(name -> name.endsWith(".class") && !name.contains("$"))
                    .map(name ->
                            name.substring(0, name.length() - ".class".length()).replace('/', '.'))
                    .filter(name -> name.contains(".nn.conf.")
                            || name.contains(".linalg.learning.")
                            || name.contains(".lossfunctions.impl.")
                            || name.contains(".activations.impl."))
                    .map(ClassPath::load)
                    .filter(type::isAssignableFrom)
                    .filter(c -> !Modifier.isAbstract(c.getModifiers()))
                    .collect(Collectors.toCollection(
                            () -> new TreeSet<>(Comparator.comparing((Class<?> c) -> c.getSimpleName()))));
        } catch (IOException | URISyntaxException e) {
            throw new IllegalStateException("no jar of " + type, e);
        }
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name, false, ClassPath.class.getClassLoader());
        } catch (ClassNotFoundException | NoClassDefFoundError e) {
            return Object.class;
        }
    }
}
