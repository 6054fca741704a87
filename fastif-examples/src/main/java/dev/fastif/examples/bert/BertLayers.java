package dev.fastif.examples.bert;

import dev.fastif.hvp.autodiff.Graph;
import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.Parameter;
import dev.fastif.hvp.autodiff.operations.Layers;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Adds the parts of a BERT encoder to a graph. Layers from {@code firstTrained} on are trained. */
record BertLayers(Graph.Builder graph, BertConfig config, Map<String, INDArray> weights, int firstTrained) {

    /** Token states [n, t, hidden] before the first layer. */
    Node embeddings() {
        Node ids = graph.input(BertClassifier.IDS);
        Node words = Layers.embedding(ids, frozen("word.weight"));
        Node positions = Layers.embedding(Layers.positions(ids), frozen("position.weight"));
        Node segments = Layers.embedding(graph.input(BertClassifier.SEGMENTS), frozen("segment.weight"));
        Node sum = Layers.add(Layers.add(words, positions), segments);
        return Layers.layerNorm(sum, frozen("norm.weight"), frozen("norm.bias"), config.normEpsilon());
    }

    /** One layer for all tokens: [n, t, hidden] to [n, t, hidden]. */
    Node layer(int layer, Node states) {
        String prefix = prefix(layer);
        Node query = linear(layer, prefix + "query", states);
        Node key = linear(layer, prefix + "key", states);
        Node value = linear(layer, prefix + "value", states);
        Node attended = Layers.attention(query, key, value, graph.input(BertClassifier.MASK), config.heads());
        return aboveAttention(layer, states, attended);
    }

    /** The last layer for the first token alone, which is all that a classifier reads: [n, hidden]. */
    Node lastLayerOfFirstToken(Node states) {
        int layer = config.layers() - 1;
        String prefix = prefix(layer);
        Node first = Layers.token(states, 0);
        Node query = linear(layer, prefix + "query", first);
        Parameter key = parameter(layer, prefix + "key.weight");
        parameter(layer, prefix + "key.bias"); // changes nothing, but is a parameter of the model
        Node attended = Layers.attentionOfOne(
                query,
                states,
                key,
                parameter(layer, prefix + "value.weight"),
                parameter(layer, prefix + "value.bias"),
                graph.input(BertClassifier.MASK),
                config.heads());
        return aboveAttention(layer, first, attended);
    }

    private static String prefix(int layer) {
        return "layers." + layer + ".";
    }

    private Node aboveAttention(int layer, Node states, Node attended) {
        String prefix = prefix(layer);
        Node mixed = Layers.add(states, linear(layer, prefix + "attn_out", attended));
        Node normed = norm(layer, prefix + "attn_norm", mixed);
        Node inner = Layers.gelu(linear(layer, prefix + "inter", normed));
        return norm(layer, prefix + "out_norm", Layers.add(normed, linear(layer, prefix + "out", inner)));
    }

    /** A trained dense layer outside of the encoder. */
    Node trainedLinear(String name, Node x) {
        return linear(config.layers(), name, x);
    }

    private Node linear(int layer, String name, Node x) {
        return Layers.linear(x, parameter(layer, name + ".weight"), parameter(layer, name + ".bias"));
    }

    private Node norm(int layer, String name, Node x) {
        return Layers.layerNorm(
                x, parameter(layer, name + ".weight"), parameter(layer, name + ".bias"), config.normEpsilon());
    }

    private Parameter parameter(int layer, String name) {
        return layer >= firstTrained ? graph.trainable(name, weight(name)) : frozen(name);
    }

    private Parameter frozen(String name) {
        return graph.frozen(name, weight(name));
    }

    private INDArray weight(String name) {
        INDArray weight = weights.get(name);
        if (weight == null) {
            throw new IllegalArgumentException("weights have no '" + name + "': they have " + weights.keySet());
        }
        return weight;
    }
}
