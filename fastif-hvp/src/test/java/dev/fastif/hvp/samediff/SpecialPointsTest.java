package dev.fastif.hvp.samediff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Every function at the points where it has kinks, poles or saturates: its value and derivative are SameDiff's, or it is
 * refused where SameDiff's derivative is no number.
 */
class SpecialPointsTest {
    private static final double[] POINTS = {
        0, 0.2, 0.3, 0.5, 0.9, 1, 2.5, 6, 40, 800, -0.2, -0.4, -0.5, -1, -2.5, -3, -6, -40, -800, 1e-300
    };

    private final PrintStream console = System.out;

    @BeforeEach
    void silence() {
        System.setOut(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
    }

    @AfterEach
    void speakAgain() {
        System.setOut(console);
    }

    record Case(String name, SameDiff sd) {
        static Case of(String name, BiFunction<SameDiff, SDVariable, SDVariable> function) {
            SameDiff sd = SameDiff.create();
            sd.setEnableCache(false);
            SDVariable x = sd.placeHolder("x", DataType.DOUBLE, -1, 4);
            SDVariable y = function.apply(sd, x.add(sd.var("w", Nd4j.zeros(DataType.DOUBLE, 4))));
            SDVariable weights = sd.constant(Nd4j.createFromArray(1.0, 2, 3, 4));
            sd.setLossVariables(sd.sum("loss", y.mul(weights)).name());
            return new Case(name, sd);
        }

        /** SameDiff's derivative of a batch. */
        double derivative(Batch batch) {
            INDArray own =
                    sd.calculateGradients(Map.of("x", batch.get("x")), "w").get("w");
            return Objects.requireNonNull(own).sumNumber().doubleValue();
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> cases() {
        return SdGraphs.makersOfFunctions().entrySet().stream()
                // of columns and of slices of them there are as many as examples
                .filter(entry ->
                        !entry.getKey().contains("columns") && !entry.getKey().equals("crelu"))
                .map(entry -> Case.of(entry.getKey(), entry.getValue()));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void valuesAndDerivativesAreSameDiffs(Case each) {
        SameDiffModel model = SameDiffModel.of(each.sd());
        for (double at : POINTS) {
            Batch batch = Batch.of(Map.of("x", Nd4j.valueArrayOf(new long[] {3, 4}, at, DataType.DOUBLE)));
            double value = Forward.loss(each.sd(), batch);
            if (Double.isFinite(value)) {
                compare(each, model, batch, at, value);
            }
        }
    }

    private static void compare(Case each, SameDiffModel model, Batch batch, double at, double value) {
        double slope = SdGraph.isGradientWrong(each.name()) ? Double.NaN : each.derivative(batch);
        double ours;
        try {
            ours = 3 * model.gradient(batch).sumNumber().doubleValue();
        } catch (IllegalArgumentException e) {
            assertFalse(Double.isFinite(slope), () -> at + ": " + e.getMessage());
            assertTrue(String.valueOf(e.getMessage()).contains("leave the example out"), e.getMessage());
            return;
        }
        double tolerance = 1e-6 * Math.max(1, Math.abs(value));
        assertEquals(value, 3 * model.losses(batch).meanNumber().doubleValue(), tolerance, () -> "value at " + at);
        // where SameDiff's derivative overflows and ours does not, ours is that of SameDiff's values
        double expected = Double.isFinite(slope)
                ? slope
                : Forward.slope(each.sd(), SameDiffModel.of(each.sd()), batch, Nd4j.ones(DataType.DOUBLE, 4));
        assertEquals(expected, ours, 1e-6 * Math.max(1, Math.abs(expected)), () -> "derivative at " + at);
    }
}
