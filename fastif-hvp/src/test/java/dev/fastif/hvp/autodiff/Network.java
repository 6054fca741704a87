package dev.fastif.hvp.autodiff;

import static dev.fastif.core.TestArrays.normal;

import dev.fastif.core.Batch;
import dev.fastif.core.Loss;
import dev.fastif.hvp.autodiff.operations.Layers;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A small network around some operations of {@link Graph.Builder}.
 *
 * @param covers the methods of the builder that it is a test of, as {@code name(types)}
 */
record Network(String name, Set<String> covers, Loss loss, Architecture architecture) {
    /** Hidden units, classes, and rows of tables. */
    static final int H = 4;

    static final int CLASSES = 3;
    static final int WORDS = 6;

    /** What a network computes: logits from the arrays of the batch. */
    @FunctionalInterface
    interface Architecture {
        Node logits(Parts g);
    }

    /** A builder with parameters of its own making: names that begin with "frozen" are not trained. */
    static final class Parts {
        final Graph.Builder builder;
        private final Map<String, Parameter> parameters = new HashMap<>();

        Parts(DataType type) {
            builder = Graph.builder(type);
        }

        /** The parameter of this name: the same one each time. */
        Parameter parameter(String name, long... shape) {
            return parameters.computeIfAbsent(name, key -> {
                INDArray value = normal(key.hashCode(), shape).muli(0.7);
                return key.startsWith("frozen") ? builder.frozen(key, value) : builder.trainable(key, value);
            });
        }

        Node linear(Node x, String name, int in, int out) {
            return Layers.linear(x, parameter(name + ".w", in, out), parameter(name + ".b", out));
        }

        Node norm(Node x, String gain, String bias) {
            return Layers.layerNorm(x, parameter(gain, H), parameter(bias, H), 1e-3);
        }

        Node x() {
            return builder.input("x");
        }

        Node sequences() {
            return builder.input("sequences");
        }

        Node ids() {
            return builder.input("ids");
        }

        Node mask() {
            return builder.input("mask");
        }

        /** Logits [n, classes] of rows [n, h]. */
        Node head(Node rows) {
            return linear(rows, "head", H, CLASSES);
        }

        /** Logits [n, classes] of sequences [n, t, h], to which every token contributes. */
        Node pooledHead(Node sequences) {
            Node first = Layers.token(sequences, 0);
            return head(Layers.attention(first, sequences, sequences, mask(), 1));
        }
    }

    @Override
    public String toString() {
        return name;
    }

    /** The network at random parameters. */
    GraphModel model(DataType type) {
        Parts parts = new Parts(type);
        Node logits = architecture.logits(parts);
        return GraphModel.builder(parts.builder.build(), logits, loss).build();
    }

    /** Three examples with everything that the networks take. Ids repeat within and across sequences. */
    static Batch batch() {
        return Batch.of(Map.of(
                "x",
                normal(1, 3, H),
                "sequences",
                normal(2, 3, 5, H),
                "queries",
                normal(3, 3, 2, H),
                "ids",
                Nd4j.createFromArray(new int[][] {{1, 4, 4, 0, 2}, {3, 1, 1, 1, 5}, {2, 2, 0, 5, 3}}),
                "mask",
                Nd4j.createFromArray(new double[][] {{1, 1, 1, 1, 1}, {1, 1, 1, 0, 0}, {1, 0, 1, 1, 0}}),
                Batch.LABELS,
                Nd4j.createFromArray(2, 0, 1)));
    }

    static Network of(String name, Architecture architecture, String... covers) {
        return new Network(name, Set.of(covers), Loss.softmaxCrossEntropy(), architecture);
    }
}
