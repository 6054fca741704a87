package dev.fastif.examples.bert;

import static dev.fastif.examples.bert.Failures.assertMentions;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class BertWeightsTest {

    private static final BertConfig TINY = new BertConfig(2, 4, 2, 6, 11, 5, BertConfig.NORM_EPSILON);

    @Test
    void orderIsCanonicalWhateverTheMapsOwn() {
        Map<String, INDArray> given = arrays(true);
        List<String> names = new ArrayList<>(given.keySet());
        Collections.reverse(names);
        Map<String, INDArray> reversed = new LinkedHashMap<>();
        names.forEach(name -> reversed.put(name, given.get(name)));
        BertWeights weights = new BertWeights(TINY, reversed);
        assertEquals(
                List.copyOf(given.keySet()), List.copyOf(weights.parameters().keySet()));
        assertEquals("word.weight", weights.parameters().keySet().iterator().next());
        assertTrue(weights.hasPooler());
        assertFalse(new BertWeights(TINY, arrays(false)).hasPooler());
    }

    @Test
    void parametersCannotBeReplaced() {
        Map<String, INDArray> given = arrays(false);
        BertWeights weights = new BertWeights(TINY, given);
        given.clear();
        assertEquals(5 + 2 * 16, weights.parameters().size());
        assertThrows(
                UnsupportedOperationException.class, () -> weights.parameters().clear());
    }

    @Test
    void missingAndUnknownNamesAreListed() {
        Map<String, INDArray> given = arrays(true);
        given.remove("pooler.bias");
        given.put("layers.2.key.bias", Nd4j.create(DataType.FLOAT, 4));
        assertRejected(given, "pooler.bias", "layers.2.key.bias");
        BertWeights weights = new BertWeights(TINY, arrays(false));
        assertMentions(IllegalArgumentException.class, () -> weights.get("word"), "'word'");
    }

    @Test
    void arraysOfTheWrongKindAreRejected() {
        Map<String, INDArray> given = arrays(false);
        given.put("layers.1.inter.weight", Nd4j.create(DataType.FLOAT, 6, 4));
        assertRejected(given, "layers.1.inter.weight", "[4, 6]", "[6, 4]");
        given.put("layers.1.inter.weight", Nd4j.create(DataType.DOUBLE, 4, 6));
        assertRejected(given, "layers.1.inter.weight", "float32", "DOUBLE");
        given.put("layers.1.inter.weight", Nd4j.create(DataType.FLOAT, 6, 4).transpose());
        assertRejected(given, "layers.1.inter.weight", "C order");
        given.put("layers.1.inter.weight", Nd4j.create(DataType.FLOAT, 8, 6).get(NDArrayIndex.interval(0, 2, 8)));
        assertRejected(given, "layers.1.inter.weight", "dense");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 4, 2, 6, 11, 5, layers", "1, 0, 2, 6, 11, 5, hidden", "1, 5, 2, 6, 11, 5, hidden",
        "1, 4, -1, 6, 11, 5, heads", "1, 4, 2, 0, 11, 5, intermediate", "1, 4, 2, 6, 0, 5, vocabulary",
        "1, 4, 2, 6, 11, 0, positions"
    })
    void sizesOutOfRangeAreRejected(
            int layers, int hidden, int heads, int intermediate, int vocabulary, int positions, String named) {
        assertMentions(
                IllegalArgumentException.class,
                () -> new BertConfig(layers, hidden, heads, intermediate, vocabulary, positions, 1e-12),
                named + " must");
    }

    @Test
    void epsilonMustBePositive() {
        for (double epsilon : new double[] {0, -1, Double.NaN, 1}) {
            assertThrows(IllegalArgumentException.class, () -> new BertConfig(1, 4, 2, 6, 11, 5, epsilon));
        }
    }

    private static Map<String, INDArray> arrays(boolean pooler) {
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        BertWeights.shapes(TINY, pooler).forEach((name, shape) -> arrays.put(name, Nd4j.create(DataType.FLOAT, shape)));
        return arrays;
    }

    private static void assertRejected(Map<String, INDArray> given, String... mentions) {
        assertMentions(IllegalArgumentException.class, () -> new BertWeights(TINY, given), mentions);
    }
}
