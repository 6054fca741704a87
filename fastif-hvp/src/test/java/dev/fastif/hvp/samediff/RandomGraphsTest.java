package dev.fastif.hvp.samediff;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Graphs that chance puts together: the loss of each example is SameDiff's own, the gradient the slope of its values in double
 * precision, or the graph is refused. {@code -Dfastif.graphs=1000} tries a thousand of them.
 */
class RandomGraphsTest {
    private static final int USUAL = 40;

    private final PrintStream console = System.out;

    @BeforeEach
    void silence() {
        System.setOut(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
    }

    @AfterEach
    void speakAgain() {
        System.setOut(console);
    }

    static LongStream seeds() {
        return LongStream.range(0, Integer.getInteger("fastif.graphs", USUAL));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void aGraphIsWhatSameDiffComputesOrIsRefused(long seed) {
        RandomGraph graph = RandomGraph.of(seed);
        String what = "seed " + seed + ": " + graph;
        if (graph.isRefused()) {
            String message = String.valueOf(
                    assertThrows(IllegalArgumentException.class, () -> SameDiffModel.of(graph.sd()), what)
                            .getMessage());
            assertTrue(message.contains("tf_atan2") || message.contains("MEAN_BY_WEIGHT"), message);
            console.println("refused, " + what);
            return;
        }
        double loss;
        try {
            loss = Forward.loss(graph.sd(), graph.batch());
        } catch (RuntimeException e) {
            console.println("skipped, since SameDiff throws " + e + ", " + what);
            return;
        }
        if (!Double.isFinite(loss)) {
            console.println("skipped, since SameDiff's loss is no number, " + what);
            return;
        }
        try {
            Forward.requireSame(graph.sd(), SameDiffModel.of(graph.sd()), graph.batch(), graph.isSum(), 1e-6);
        } catch (IllegalArgumentException e) {
            assertTrue(String.valueOf(e.getMessage()).contains("leave the example out"), () -> what + ": " + e);
            console.println("refused: " + e.getMessage() + ", " + what);
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(what, e);
        }
    }
}
