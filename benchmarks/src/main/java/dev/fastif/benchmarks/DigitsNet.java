package dev.fastif.benchmarks;

import dev.fastif.core.Batch;
import dev.fastif.core.Loss;
import dev.fastif.core.Regularizer;
import dev.fastif.hvp.autodiff.Graph;
import dev.fastif.hvp.autodiff.GraphModel;
import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.operations.Layers;
import java.util.Random;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A network of one hidden layer for {@link Digits}, in double precision.
 *
 * @param hidden units of tanh
 * @param weightDecay the coefficient of {@code |theta|^2} in its objective
 */
record DigitsNet(int hidden, double weightDecay) {
    /** The network before training: Gaussian weights of variance 1 / fan-in, biases 0. */
    GraphModel untrained(long seed) {
        Random random = new Random(seed);
        Graph.Builder graph = Graph.builder(DataType.DOUBLE);
        Node pixels = graph.input(Batch.FEATURES);
        Node units = Layers.tanh(linear(graph, pixels, "hidden", weights(random, Digits.PIXELS, hidden)));
        Node logits = linear(graph, units, "logits", weights(random, hidden, Digits.CLASSES));
        return GraphModel.builder(graph.build(), logits, Loss.softmaxCrossEntropy())
                .features(units)
                .regularizer(Regularizer.weightDecay(weightDecay))
                .build();
    }

    private static Node linear(Graph.Builder graph, Node x, String name, INDArray weights) {
        INDArray bias = Nd4j.zeros(DataType.DOUBLE, weights.size(1));
        return Layers.linear(x, graph.trainable(name + ".weight", weights), graph.trainable(name + ".bias", bias));
    }

    private static INDArray weights(Random random, int in, int out) {
        double[] values =
                random.doubles((long) in * out).map(i -> random.nextGaussian()).toArray();
        return Nd4j.create(values, new long[] {in, out}, 'c').divi(Math.sqrt(in));
    }
}
