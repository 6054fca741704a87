package dev.fastif.hvp.dl4j;

import dev.fastif.core.Batch;
import dev.fastif.hvp.dl4j.MaskedStack.Head;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/**
 * An example of which all steps are masked: every layer of sequences under every head makes of it what DL4J does, and refuses it
 * where DL4J has no number. Attention refuses it too: DL4J's scores are 1e9 below their own rounding there, and have no slope. So
 * does a P-norm, which has none at 0.
 */
class EmptySequencesTest {
    private static final double[][] MASK = {{0, 0, 1, 1, 1}, {0, 0, 0, 0, 0}, {1, 1, 1, 0, 0}};

    // DL4J puts the last of masked steps into an array of the default type
    @BeforeAll
    static void inDouble() {
        Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
    }

    @AfterAll
    static void inFloatAgain() {
        Nd4j.setDefaultDataTypes(DataType.FLOAT, DataType.FLOAT);
    }

    static Stream<MaskedStack> stacks() {
        List<MaskedStack> all = new ArrayList<>();
        Map<String, Layer> inner = SequenceLayers.inner();
        inner.keySet().removeAll(List.of("ZeroPadding1D", "Upsampling1D")); // these take no mask
        inner.forEach((name, layer) -> heads(all.size())
                .forEach(head -> all.add(MaskedStack.of(name + ", " + head, head, SequenceLayers.lstm(), layer))));
        SequenceLayers.last().forEach((name, layer) -> all.add(MaskedStack.of(name, Head.ROWS, layer)));
        return all.stream();
    }

    /** Three of them in turn. */
    private static List<Head> heads(int stack) {
        return stack % 2 == 0 ? List.of(Head.OUTPUT, Head.AVG, Head.SUM) : List.of(Head.LOSS, Head.MAX, Head.PNORM);
    }

    @ParameterizedTest
    @MethodSource("stacks")
    void anEmptySequenceIsWhatDl4jMakesOfItOrRefused(MaskedStack stack) {
        MultiLayerNetwork net = stack.net(MaskedStack.features(MASK.length));
        for (Batch batch : stack.batches(net, Nd4j.createFromArray(MASK))) {
            boolean mayBeRefused =
                    stack.name().contains("Attention") || stack.name().contains("PNORM");
            Trial.of(new Gradients.OfLayers(net), Dl4jModel.of(net), batch).runOrBeRefused(mayBeRefused);
        }
    }
}
