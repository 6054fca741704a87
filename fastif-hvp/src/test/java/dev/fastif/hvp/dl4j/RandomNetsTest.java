package dev.fastif.hvp.dl4j;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Networks that chance puts together: the loss of each example is DL4J's own score of it, the gradient and each example's
 * derivative are the slopes of these scores in double precision; or the network is refused, by a message that docs/MODELS.md
 * lists. {@code -Dfastif.nets=1300} tries as many of them, {@code -Dfastif.net=17} the one of this seed.
 */
class RandomNetsTest {
    private static final int USUAL = 100;
    private static final Map<String, Integer> REFUSED = new TreeMap<>();

    private static int compared;
    private static int refused;

    // DL4J puts the last of masked steps into an array of the default type
    @BeforeAll
    static void inDouble() {
        Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
    }

    static LongStream seeds() {
        Long one = Long.getLong("fastif.net");
        return one == null ? LongStream.range(0, Integer.getInteger("fastif.nets", USUAL)) : LongStream.of(one);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void aNetworkIsWhatDl4jComputesOrIsRefused(long seed) {
        RandomTrial trial = RandomTrial.of(seed);
        try {
            trial.run();
            compared++;
        } catch (IllegalArgumentException e) {
            String kind = Refusals.listed(String.valueOf(e.getMessage())).orElseThrow(() -> failure(seed, trial, e));
            REFUSED.merge(kind, 1, Integer::sum);
            refused++;
        } catch (AssertionError | RuntimeException e) {
            throw failure(seed, trial, e);
        }
    }

    private static AssertionError failure(long seed, RandomTrial trial, Throwable cause) {
        return new AssertionError("-Dfastif.net=" + seed + ": " + cause.getMessage() + "\n" + trial, cause);
    }

    @AfterAll
    static void mostAreCompared() {
        Nd4j.setDefaultDataTypes(DataType.FLOAT, DataType.FLOAT);
        System.out.println(compared + " random networks compared with DL4J, refused: " + REFUSED);
        assertTrue(
                compared + refused < USUAL || compared > 2 * refused,
                () -> "only " + compared + " networks were compared, " + refused + " refused: " + REFUSED);
    }
}
