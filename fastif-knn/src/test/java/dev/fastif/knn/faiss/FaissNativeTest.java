package dev.fastif.knn.faiss;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fastif.knn.CandidateIndexContract;
import dev.fastif.knn.faiss.FaissNative.Variant;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FaissNativeTest {
    private static final Set<String> MODERN = Set.of("sse2", "avx2", "fma", "f16c", "popcnt");
    private static final Set<Variant> ALL = EnumSet.allOf(Variant.class);

    @TempDir
    private Path folder;

    @Test
    void avx2IsChosenWhereItRuns() {
        assertEquals(Variant.AVX2, FaissNative.choose(null, MODERN, ALL));
        assertEquals(Variant.AVX2, FaissNative.choose("auto", MODERN, ALL));
        assertEquals(Variant.GENERIC, FaissNative.choose("generic", MODERN, ALL));
        assertEquals(Variant.GENERIC, FaissNative.choose(null, MODERN, Set.of(Variant.GENERIC)));
    }

    @ParameterizedTest
    @CsvSource({"sse2", "avx2 fma f16c", "avx fma f16c popcnt", "avx2 f16c popcnt", "avx2 fma popcnt"})
    void avx2IsNeverLoadedWhereItWouldCrash(String flags) {
        Set<String> processor = Set.of(flags.split(" "));
        assertEquals(Variant.GENERIC, FaissNative.choose(null, processor, ALL));
        assertRefused("would crash", "avx2", processor, ALL);
        assertRefused("would crash", "auto", processor, Set.of(Variant.AVX2));
    }

    @Test
    void whatIsMissingOrUnknownIsSaid() {
        assertRefused("apt-get install g++ libfaiss-dev", "auto", MODERN, Set.of());
        assertRefused("not built", "avx2", MODERN, Set.of(Variant.GENERIC));
        assertRefused("use auto, generic or avx2", "sse9", MODERN, ALL);
    }

    @Test
    void processorFlagsAreRead() throws Exception {
        Path file = folder.resolve("cpuinfo");
        Files.writeString(file, "processor\t: 0\nflags\t\t: fpu  avx2 fma\nbugs : x\nflags\t\t: other\n");
        assertEquals(Set.of("fpu", "avx2", "fma"), FaissNative.processorFlags(file));
        assertEquals(Set.of(), FaissNative.processorFlags(folder.resolve("missing")));
    }

    @Test
    void theLoadedLibraryIsTheChosenOne() {
        if (FaissIndex.isAvailable()) {
            String library = FaissIndex.nativeLibrary();
            assertEquals(library.contains("avx2 library"), library.contains("AVX2)"), library);
        } else {
            CandidateIndexContract.assertMentions(IllegalStateException.class, FaissNative::require, "ExactIndex");
        }
    }

    private static void assertRefused(String mention, String forced, Set<String> flags, Set<Variant> built) {
        CandidateIndexContract.assertMentions(
                IllegalStateException.class, () -> FaissNative.choose(forced, flags, built), mention);
    }
}
