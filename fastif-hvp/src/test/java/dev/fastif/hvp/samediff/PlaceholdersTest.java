package dev.fastif.hvp.samediff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import dev.fastif.core.TestArrays;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Arrays of every type for placeholders of every type: what SameDiff makes of them, or an error. */
class PlaceholdersTest {
    private final PrintStream console = System.out;

    @BeforeEach
    void silence() {
        System.setOut(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
    }

    @AfterEach
    void speakAgain() {
        System.setOut(console);
    }

    static Stream<DataType> types() {
        return Arrays.stream(DataType.values()).filter(type -> type.isNumerical() || type == DataType.BOOL);
    }

    /** Rows x and ids of rows of a table. */
    private static SameDiff graph(DataType type, DataType ids) {
        SameDiff sd = SameDiff.create();
        sd.setEnableCache(false);
        SDVariable x = sd.placeHolder("x", type, -1, 3);
        SDVariable table = sd.var("table", TestArrays.normal(1, 4, 2).castTo(type));
        SDVariable w = sd.var("w", TestArrays.normal(2, 3, 2).castTo(type));
        SDVariable h = sd.mmul(x, w).mul(sd.gather(table, sd.placeHolder("ids", ids, -1), 0));
        sd.setLossVariables(sd.mean(sd.math().tanh(h)).name());
        return sd;
    }

    private static final INDArray X = Nd4j.createFromArray(new double[][] {{0, 1, 2}, {3, 0, 1}, {7, 5, 0}});

    private static final INDArray IDS = Nd4j.createFromArray(3, 0, 1);

    @ParameterizedTest
    @MethodSource("types")
    void arraysOfAnyTypeAreBroughtToThePlaceholders(DataType given) {
        for (DataType type : List.of(DataType.DOUBLE, DataType.FLOAT)) {
            for (DataType ids : List.of(DataType.INT32, DataType.INT64)) {
                SameDiff sd = graph(type, ids);
                SameDiffModel model = SameDiffModel.of(sd);
                Batch batch = Batch.of(Map.of("x", X.castTo(given), "ids", IDS.castTo(given)));
                assertEquals(
                        Forward.loss(sd, batch),
                        model.losses(batch).meanNumber().doubleValue(),
                        1e-6);
                assertEquals(type, model.gradient(batch).dataType());
                assertEquals(
                        model.gradient(batch),
                        model.gradient(Batch.of(Map.of(
                                "x",
                                X.castTo(given).castTo(type),
                                "ids",
                                IDS.castTo(given).castTo(ids)))));
            }
        }
    }

    @Test
    void whatIsNoIdOrNoNumberIsRefused() {
        SameDiffModel model = SameDiffModel.of(graph(DataType.DOUBLE, DataType.INT32));
        requireRefusal(model, Map.of("x", X, "ids", Nd4j.createFromArray(0.5, 1, 2)), "not whole");
        requireRefusal(model, Map.of("x", X, "ids", Nd4j.createFromArray(1, 9, 2)), "is 9:");
        requireRefusal(model, Map.of("x", X, "ids", Nd4j.create("a", "b", "c")), "UTF8");
        requireRefusal(model, Map.of("x", X), "'ids'");
        requireRefusal(model, Map.of("x", X.reshape(3, 3, 1), "ids", IDS), "placeholder has [-1, 3]");
    }

    private static void requireRefusal(SameDiffModel model, Map<String, INDArray> arrays, String part) {
        String message =
                String.valueOf(assertThrows(IllegalArgumentException.class, () -> model.losses(Batch.of(arrays)))
                        .getMessage());
        assertTrue(message.contains(part), message);
    }

    @Test
    void variablesOfOtherTypesAreRefused() {
        for (DataType type : List.of(DataType.FLOAT16, DataType.BFLOAT16)) {
            SameDiff sd = graph(DataType.DOUBLE, DataType.INT32);
            sd.var("half", Nd4j.zeros(type, 2));
            String message = String.valueOf(assertThrows(IllegalArgumentException.class, () -> SameDiffModel.of(sd))
                    .getMessage());
            assertTrue(message.contains("convert all variables"), message);
        }
    }
}
