package dev.fastif.hvp.samediff;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import dev.fastif.core.TestArrays;
import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.operations.Pointwise;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;

/** Rules that a user gives for operations of SameDiff. */
class OwnOpRulesTest {
    private static final Batch BATCH =
            Batch.of(Map.of("x", TestArrays.normal(1, 5, 4), "y", TestArrays.normal(2, 5, 3)));

    private final PrintStream console = System.out;

    @BeforeEach
    void silence() {
        System.setOut(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
    }

    @AfterEach
    void speakAgain() {
        System.setOut(console);
    }

    /** With atan2 of what depends on parameters, between 0 and pi. */
    private static SameDiff graph() {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("x", DataType.DOUBLE, -1, 4);
        SDVariable y = sd.placeHolder("y", DataType.DOUBLE, -1, 3);
        SDVariable h = sd.mmul(x, sd.var("w", TestArrays.normal(3, 4, 3)));
        SDVariable angle = sd.math().atan2(sd.math().exp(h), h);
        sd.setLossVariables(sd.sum(sd.math().square(angle.sub(y))).name());
        return sd;
    }

    /** The angle of (x, y) above the first axis. */
    private static Node angle(OpCall call) {
        Node y = call.inputs().get(0);
        Node x = call.inputs().get(1);
        Node turned = call.ops().apply(Pointwise.atan(), call.ops().divide(x, y));
        return call.ops().apply(Pointwise.shift(Math.PI / 2), call.ops().scale(turned, -1));
    }

    private static void check(OpRule rule) {
        SameDiff sd = graph();
        SameDiffModel.builder(sd).rule(name(sd), rule).check(BATCH);
    }

    private static String name(SameDiff sd) {
        return Arrays.stream(sd.ops())
                .map(DifferentialFunction::opName)
                .filter(name -> name.contains("atan2"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aGraphWithARuleIsSameDiffs() {
        check(OwnOpRulesTest::angle);
    }

    @Test
    void theKitFindsARuleThatIsWrong() {
        AssertionError e = assertThrows(
                AssertionError.class, () -> check(call -> call.ops().scale(angle(call), 1.001)));
        assertTrue(String.valueOf(e.getMessage()).startsWith("the losses: differs by"), e.getMessage());
    }

    @Test
    void whatDoesNotFitIsRefused() {
        SameDiff sd = graph();
        SameDiffModel.Builder builder = SameDiffModel.builder(sd);
        refuses("SameDiffModel.builder(sd).rule(...)", builder::build);
        refuses("'tanh' has a rule already", () -> builder.rule("tanh", OwnOpRulesTest::angle));
        refuses("'reduce_sum' has a rule already", () -> builder.rule("reduce_sum", OwnOpRulesTest::angle));
        refuses("'huber_loss' has a rule already", () -> builder.rule("huber_loss", OwnOpRulesTest::angle));
        builder.rule(name(sd), call -> {
            throw new UnsupportedOperationException("not of these");
        });
        refuses(name(sd) + ": not of these", builder::build);
        refuses("has a rule already", () -> builder.rule(name(sd), OwnOpRulesTest::angle));
    }

    private static void refuses(String message, Runnable work) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, work::run);
        assertTrue(String.valueOf(e.getMessage()).contains(message), e.getMessage());
    }
}
