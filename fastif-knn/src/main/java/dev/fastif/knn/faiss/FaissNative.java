package dev.fastif.knn.faiss;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Properties;
import java.util.Set;
import org.bytedeco.javacpp.Loader;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chooses and loads the native library, once: the one for AVX2 where it was built and the processor has what it needs,
 * else the generic one. {@value #PROPERTY} forces one, {@code generic} or {@code avx2}.
 */
final class FaissNative {
    static final String PROPERTY = "fastif.faiss.native";

    private static final Path CPUINFO = Path.of("/proc/cpuinfo");
    private static final Logger log = LoggerFactory.getLogger(FaissNative.class);

    /** The two builds of the library, each in a folder of its own. */
    enum Variant {
        GENERIC(""),
        AVX2("-avx2");

        private final String suffix;

        Variant(String suffix) {
            this.suffix = suffix;
        }

        /** What a processor must have for it, as Linux spells it. */
        private Set<String> needs() {
            return this == AVX2 ? Set.of("avx2", "fma", "f16c", "popcnt") : Set.of();
        }

        private boolean isBuilt() {
            return FaissNative.class.getResource("linux-x86_64" + suffix + "/libjnifaiss.so") != null;
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private FaissNative() {}

    /** The outcome of loading: what was loaded, or why nothing was. */
    private record Outcome(
            @Nullable Variant variant,
            String reason,
            @Nullable Throwable cause) {}

    private static final class Holder {
        static final Outcome OUTCOME = load();
    }

    static boolean isAvailable() {
        return Holder.OUTCOME.variant() != null;
    }

    /** Why the library is not available, or which one is loaded. */
    static String description() {
        return Holder.OUTCOME.reason();
    }

    static void require() {
        if (!isAvailable()) {
            throw new IllegalStateException(description(), Holder.OUTCOME.cause());
        }
    }

    /** Whether this library was built, and runs on this processor. */
    static boolean isUsable(Variant variant) {
        return variant.isBuilt() && processorFlags(CPUINFO).containsAll(variant.needs());
    }

    private static Outcome load() {
        String platform = Loader.getPlatform();
        try {
            Variant variant = choose(System.getProperty(PROPERTY), processorFlags(CPUINFO), built());
            Properties properties = Loader.loadProperties();
            properties.setProperty("platform.extension", variant.suffix);
            Loader.load(FaissLibrary.class, properties, false);
            String what = String.format(
                    Locale.ROOT,
                    "FAISS %s, %s library (%s)",
                    FaissLibrary.version(),
                    variant,
                    FaissLibrary.build().strip());
            log.info("{} (-D{}=generic or avx2 forces one)", what, PROPERTY);
            return new Outcome(variant, what, null);
        } catch (LinkageError | RuntimeException e) {
            String reason =
                    e instanceof RuntimeException ? String.valueOf(e.getMessage()) : "it could not be loaded: " + e;
            return new Outcome(
                    null,
                    "no native FAISS for " + platform + ": " + reason
                            + "; ExactIndex needs none and finds the same or better",
                    e);
        }
    }

    private static Set<Variant> built() {
        return Set.copyOf(
                Arrays.stream(Variant.values()).filter(Variant::isBuilt).toList());
    }

    /**
     * The variant to load.
     *
     * @param forced the property's value, if it is set
     * @param flags what the processor has
     * @param built the variants that there are
     * @throws IllegalStateException if there is none, or the forced one is missing or would crash
     */
    static Variant choose(@Nullable String forced, Set<String> flags, Set<Variant> built) {
        if (built.isEmpty()) {
            throw new IllegalStateException("this build of fastif-knn has none; on Debian or Ubuntu (x86-64), run"
                    + " 'apt-get install g++ libfaiss-dev' and build again");
        }
        if (forced == null || forced.isEmpty() || forced.equals("auto")) {
            boolean fast = built.contains(Variant.AVX2) && flags.containsAll(Variant.AVX2.needs());
            return fast || !built.contains(Variant.GENERIC) ? requireFlags(Variant.AVX2, flags) : Variant.GENERIC;
        }
        Variant variant = Arrays.stream(Variant.values())
                .filter(each -> each.toString().equals(forced))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(
                        String.format(Locale.ROOT, "-D%s=%s is unknown: use auto, generic or avx2", PROPERTY, forced)));
        if (!built.contains(variant)) {
            throw new IllegalStateException(
                    String.format(Locale.ROOT, "-D%s=%s asks for a library that was not built", PROPERTY, forced));
        }
        return requireFlags(variant, flags);
    }

    private static Variant requireFlags(Variant variant, Set<String> flags) {
        if (!flags.containsAll(variant.needs())) {
            throw new IllegalStateException(String.format(
                    Locale.ROOT,
                    "the %s library would crash: this processor lacks one of %s",
                    variant,
                    variant.needs()));
        }
        return variant;
    }

    /** The flags of the processor, empty if they cannot be read. */
    static Set<String> processorFlags(Path cpuinfo) {
        try {
            return Files.readAllLines(cpuinfo).stream()
                    .filter(line -> line.startsWith("flags"))
                    .findFirst()
                    .map(line -> Set.copyOf(Arrays.asList(
                            line.substring(line.indexOf(':') + 1).strip().split(" +"))))
                    .orElse(Set.of());
        } catch (IOException e) {
            log.debug("no processor flags in {}", cpuinfo, e);
            return Set.of();
        }
    }
}
