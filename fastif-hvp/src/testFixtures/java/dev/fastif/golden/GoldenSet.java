package dev.fastif.golden;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A folder of arrays and their manifest.json: the bundled one, or another of the same form that the system property
 * {@code fastif.golden} names, as its own folder or the one above it. A relative folder is meant from where Maven was
 * started.
 */
public final class GoldenSet {
    private final Path folder;
    private final JsonNode manifest;
    private final Map<String, INDArray> arrays = new ConcurrentHashMap<>();

    private GoldenSet(Path folder, JsonNode manifest) {
        this.folder = folder;
        this.manifest = manifest;
    }

    /**
     * Finds the set of a kind; skips the test, and prints why, if the folder named by the property holds none.
     *
     * @param name the folder of the kind, among the test resources in {@code golden/}
     * @param keys what makes a manifest one of this kind
     */
    public static GoldenSet find(String name, Set<String> keys) {
        String property = System.getProperty("fastif.golden", "");
        Path given = property.isBlank() ? bundled() : startedIn().resolve(property.strip());
        for (Path folder : List.of(given, given.resolve(name))) {
            JsonNode manifest = manifest(folder.resolve("manifest.json"));
            if (manifest != null && hasAll(manifest, keys)) {
                return new GoldenSet(folder, manifest);
            }
        }
        String reason = String.format(
                "%s holds no golden set of the kind '%s': neither its manifest.json nor %s/manifest.json has the keys %s",
                given, name, name, keys);
        if (property.isBlank()) {
            throw new IllegalStateException(reason);
        }
        System.out.println("Skipped: " + reason);
        Assumptions.abort(reason);
        throw new AssertionError("unreachable");
    }

    /** The folder in which Maven was started, or else the working folder. */
    public static Path startedIn() {
        return Path.of(System.getProperty("fastif.startedIn", "")).toAbsolutePath();
    }

    /** The set's manifest. */
    public JsonNode manifest() {
        return manifest;
    }

    /** The names under a key of the manifest. */
    public List<String> names(String key) {
        return manifest.withArray(key).valueStream().map(JsonNode::asText).toList();
    }

    /** An array of the set as DOUBLE, by its name without {@code .npy}; read once, not to be modified. */
    public INDArray array(String name) {
        return arrays.computeIfAbsent(name, key -> {
            try {
                return Npy.read(folder.resolve(key + ".npy"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** An array of whole numbers, flat. */
    public int[] ints(String name) {
        return array(name).ravel().toIntVector();
    }

    @Override
    public String toString() {
        return "golden set " + folder;
    }

    private static Path bundled() {
        URL url = GoldenSet.class.getResource("/golden");
        if (url == null) {
            throw new IllegalStateException("the test resources have no folder 'golden'");
        }
        try {
            return Path.of(url.toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static @Nullable JsonNode manifest(Path file) {
        if (!Files.isRegularFile(file)) {
            return null;
        }
        try {
            return new ObjectMapper().readTree(file.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    private static boolean hasAll(JsonNode manifest, Set<String> keys) {
        return keys.stream().allMatch(manifest::has);
    }
}
