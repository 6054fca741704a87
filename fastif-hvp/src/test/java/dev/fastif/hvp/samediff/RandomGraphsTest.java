package dev.fastif.hvp.samediff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.TestArrays;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Graphs that chance puts together: the loss of each example is SameDiff's own, the gradient the slope of its values in double
 * precision, or the graph is refused, by a message that docs/MODELS.md lists. Every operation with a
 * rule, and every penalty, is in some of them. {@code -Dfastif.graphs=1000} tries a thousand, {@code -Dfastif.graph=17} that of this seed.
 */
class RandomGraphsTest {
    private static final int USUAL = 160;
    private static final Set<String> NEVER_COMPARED = new TreeSet<>(SupportedOps.all());
    private static final Set<RandomPenalty> NO_PENALTY_YET = EnumSet.allOf(RandomPenalty.class);

    private static int compared;
    private static int refused;

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
        Long one = Long.getLong("fastif.graph");
        return one == null ? LongStream.range(0, Integer.getInteger("fastif.graphs", USUAL)) : LongStream.of(one);
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
            assertTrue(SupportedOps.isRefusal(message), message);
            refused++;
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
            SameDiffModel model = Forward.model(graph.sd(), graph.batch());
            requirePenalty(graph, model);
            Forward.requireSame(graph.sd(), model, graph.batch(), graph.isSum(), 1e-6);
            graph.sd()
                    .getOps()
                    .values()
                    .forEach(op -> NEVER_COMPARED.remove(op.getOp().opName()));
            NO_PENALTY_YET.remove(graph.penalty());
            compared++;
        } catch (IllegalArgumentException e) {
            assertTrue(SupportedOps.isRefusal(String.valueOf(e.getMessage())), () -> what + ": " + e);
            console.println("refused: " + e.getMessage() + ", " + what);
            refused++;
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(what, e);
        }
    }

    private static void requirePenalty(RandomGraph graph, SameDiffModel model) {
        INDArray theta = model.parameterValues();
        INDArray found = theta.ulike().assign(0);
        model.regularizer().addGradient(model.parameters(), theta, found);
        for (String name : model.parameters().names()) {
            INDArray expected =
                    graph.penalty().gradient(graph.sd().getVariable(name).getArr());
            expected.divi(graph.isSum() ? graph.batch().size() : 1);
            double difference = TestArrays.difference(model.parameters().view(found, name), expected);
            assertEquals(0, difference, 1e-12, "the penalty of " + name);
        }
    }

    @AfterAll
    static void everyOperationAndPenaltyIsCompared() {
        System.out.println(compared + " random graphs compared with SameDiff, " + refused + " refused");
        if (compared + refused >= USUAL / 2) {
            assertEquals(Set.of(), NEVER_COMPARED, "operations that no graph was compared with");
            assertEquals(Set.of(), NO_PENALTY_YET, "penalties that no graph was compared with");
        }
    }
}
