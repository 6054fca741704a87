package dev.fastif.hvp.autodiff.operations;

import dev.fastif.core.internal.Check;
import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.Parameter;
import dev.fastif.hvp.autodiff.kernels.Activation;
import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The layers of feed-forward networks and transformers. Each adds one operation to the graph of its inputs, whose arithmetic is
 * done by kernels, but for look-ups by ids, which are ND4J's. Sequences are [n, t, h]: n examples, t tokens, h hidden units.
 */
public final class Layers {
    private static final long MOST_FLOAT_IDS = 1 << 24;

    private Layers() {}

    /** {@code x W + b} over the last dimension: [..., in] to [..., out], with weight [in, out], bias [out]. */
    public static Node linear(Node x, Parameter weight, Parameter bias) {
        requireRank(weight, 2);
        requireLength(bias, weight.size(1), weight);
        return x.builder().apply(new Linear(), List.of(x), weight, bias);
    }

    /** {@code x W} over the last dimension: [..., in] to [..., out], with weight [in, out]. */
    public static Node linear(Node x, Parameter weight) {
        requireRank(weight, 2);
        return x.builder().apply(new Linear(), List.of(x), weight);
    }

    /** Rows of {@code table} [vocabulary, h] for whole-number {@code ids} [n, t]: [n, t, h]. */
    public static Node embedding(Node ids, Parameter table) {
        requireRank(table, 2);
        Check.argument(
                ids.builder().dataType() != DataType.FLOAT || table.size(0) <= MOST_FLOAT_IDS,
                "table '%s' has %d rows: in single precision ids are exact up to %d, so build the graph in DOUBLE",
                table,
                table.size(0),
                MOST_FLOAT_IDS);
        return ids.builder().apply(new Embedding(), List.of(ids), table);
    }

    /** The position of each token, 0 to t - 1: [n, t] for ids [n, t]. */
    public static Node positions(Node ids) {
        return ids.builder().apply(new Positions(), List.of(ids));
    }

    /** Layer normalization over the last dimension, with gain [h] and bias [h]. */
    public static Node layerNorm(Node x, Parameter gain, Parameter bias, double epsilon) {
        requireRank(gain, 1);
        requireLength(bias, gain.length(), gain);
        return x.builder().apply(new LayerNorm(Check.positive("epsilon", epsilon)), List.of(x), gain, bias);
    }

    /** Exact GELU, {@code x Phi(x)}. */
    public static Node gelu(Node x) {
        return x.builder().apply(new Activated(Activation.GELU), List.of(x));
    }

    /** Hyperbolic tangent. */
    public static Node tanh(Node x) {
        return x.builder().apply(new Activated(Activation.TANH), List.of(x));
    }

    /** {@code max(x, 0)}. */
    public static Node relu(Node x) {
        return x.builder().apply(new Activated(Activation.RELU), List.of(x));
    }

    /** {@code 1 / (1 + exp(-x))}. */
    public static Node sigmoid(Node x) {
        return x.builder().apply(new Activated(Activation.SIGMOID), List.of(x));
    }

    /**
     * Multi-head softmax attention.
     *
     * @param query [n, tq, h], or [n, h] for one query a sequence; the result has its shape
     * @param key [n, t, h]
     * @param value [n, t, h]
     * @param mask [n, t], 1 for real tokens and 0 for padding
     * @param heads a divisor of h
     */
    public static Node attention(Node query, Node key, Node value, Node mask, int heads) {
        return query.builder().apply(new Attention(Check.positive("heads", heads)), List.of(query, key, value, mask));
    }

    /**
     * Multi-head softmax attention of one query a sequence to keys {@code states K + b} and values {@code states V + c},
     * which are never formed: what {@link #attention} computes of them, in less arithmetic. b changes nothing, so that it
     * is none of the arguments: a parameter that no node uses has a gradient of zero.
     *
     * @param query [n, h]; the result has its shape
     * @param states [n, t, c]
     * @param key K [c, h]
     * @param value V [c, h]
     * @param valueBias [h]
     * @param mask [n, t], 1 for real tokens and 0 for padding
     * @param heads a divisor of h
     */
    public static Node attentionOfOne(
            Node query, Node states, Parameter key, Parameter value, Parameter valueBias, Node mask, int heads) {
        requireRank(key, 2);
        requireRank(value, 2);
        requireLength(valueBias, value.size(1), value);
        Check.argument(
                Arrays.equals(key.shape(), value.shape()),
                "parameter '%s' has shape %s: it must be that of '%s', %s",
                value,
                Arrays.toString(value.shape()),
                key,
                Arrays.toString(key.shape()));
        AttentionOfOne attention = new AttentionOfOne(Check.positive("heads", heads));
        return query.builder().apply(attention, List.of(query, states, mask), key, value, valueBias);
    }

    /** {@code a + b}, of the same shape. */
    public static Node add(Node a, Node b) {
        return a.builder().apply(new Add(), List.of(a, b));
    }

    /** One token of each sequence: [n, t, h] to [n, h]. */
    public static Node token(Node x, int index) {
        Check.argument(index >= 0, "index is %d: tokens count from 0", index);
        return x.builder().apply(new SelectToken(index), List.of(x));
    }

    private static void requireRank(Parameter parameter, int rank) {
        Check.argument(
                parameter.rank() == rank,
                "parameter '%s' has %d dimensions: it must have %d",
                parameter,
                parameter.rank(),
                rank);
    }

    private static void requireLength(Parameter parameter, long length, Parameter partner) {
        Check.argument(
                parameter.length() == length,
                "parameter '%s' has %d elements: with '%s' it must have %d",
                parameter,
                parameter.length(),
                partner,
                length);
    }
}
