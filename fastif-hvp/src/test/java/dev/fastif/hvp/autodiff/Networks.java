package dev.fastif.hvp.autodiff;

import static dev.fastif.hvp.autodiff.Network.CLASSES;
import static dev.fastif.hvp.autodiff.Network.H;
import static dev.fastif.hvp.autodiff.Network.WORDS;

import dev.fastif.core.Loss;
import dev.fastif.hvp.autodiff.operations.Layers;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/** The registry of networks that the contract tests run over: a new operation belongs here. */
final class Networks {
    private static final String LINEAR = "linear(Node,Parameter,Parameter)";
    private static final String ATTENTION = "attention(Node,Node,Node,Node,int)";
    private static final String ATTENTION_OF_ONE = "attentionOfOne(Node,Node,Parameter,Parameter,Parameter,Node,int)";
    private static final String LAYER_NORM = "layerNorm(Node,Parameter,Parameter,double)";

    private Networks() {}

    static List<Network> all() {
        List<Network> all = new ArrayList<>();
        all.addAll(linear());
        all.addAll(lookups());
        all.addAll(elementwise());
        all.addAll(layerNorm());
        all.addAll(attention());
        all.addAll(attentionOfOne());
        all.addAll(shared());
        all.addAll(losses());
        return all;
    }

    private static List<Network> linear() {
        return List.of(
                Network.of("linear", g -> g.head(Layers.tanh(g.linear(g.x(), "a", H, H))), LINEAR, "input(String)"),
                Network.of(
                        "linear without bias",
                        g -> Layers.linear(
                                Layers.tanh(Layers.linear(g.x(), g.parameter("a", H, H))),
                                g.parameter("b", H, CLASSES)),
                        "linear(Node,Parameter)"),
                Network.of("linear, frozen below", g -> g.head(Layers.tanh(g.linear(g.x(), "frozen", H, H))), LINEAR),
                Network.of(
                        "linear, frozen above",
                        g -> g.linear(Layers.tanh(g.linear(g.x(), "a", H, H)), "frozen", H, CLASSES),
                        LINEAR),
                Network.of("linear, only weights trained", g -> weightsOrBiases(g, "", "frozen"), LINEAR),
                Network.of("linear, only biases trained", g -> weightsOrBiases(g, "frozen", ""), LINEAR),
                Network.of("linear of sequences", g -> g.pooledHead(g.linear(g.sequences(), "a", H, H)), LINEAR),
                Network.of(
                        "linear of width one",
                        g -> g.linear(Layers.tanh(g.linear(g.x(), "a", H, 1)), "b", 1, CLASSES),
                        LINEAR));
    }

    private static Node weightsOrBiases(Network.Parts g, String weights, String biases) {
        Node hidden =
                Layers.tanh(Layers.linear(g.x(), g.parameter(weights + "w1", H, H), g.parameter(biases + "b1", H)));
        return Layers.linear(hidden, g.parameter(weights + "w2", H, CLASSES), g.parameter(biases + "b2", CLASSES));
    }

    /** A table that is looked up. */
    static Node words(Network.Parts g) {
        return Layers.embedding(g.ids(), g.parameter("words", WORDS, H));
    }

    private static List<Network> lookups() {
        return List.of(
                Network.of("embedding", g -> g.pooledHead(Layers.tanh(words(g))), "embedding(Node,Parameter)"),
                Network.of(
                        "embedding, frozen",
                        g -> g.pooledHead(
                                g.linear(Layers.embedding(g.ids(), g.parameter("frozen", WORDS, H)), "a", H, H)),
                        "embedding(Node,Parameter)"),
                Network.of(
                        "positions",
                        g -> g.pooledHead(Layers.add(
                                Layers.embedding(g.ids(), g.parameter("frozen", WORDS, H)),
                                Layers.embedding(Layers.positions(g.ids()), g.parameter("place", 7, H)))),
                        "positions(Node)",
                        "add(Node,Node)"),
                Network.of(
                        "first token",
                        g -> g.head(Layers.token(Layers.tanh(g.linear(g.sequences(), "a", H, H)), 0)),
                        "token(Node,int)"),
                Network.of(
                        "two tokens",
                        g -> {
                            Node hidden = Layers.tanh(g.linear(g.sequences(), "a", H, H));
                            return g.head(Layers.add(Layers.token(hidden, 4), Layers.token(hidden, 2)));
                        },
                        "token(Node,int)"));
    }

    private static List<Network> elementwise() {
        return List.of(
                activation("gelu", Layers::gelu),
                activation("tanh", Layers::tanh),
                activation("relu", Layers::relu),
                activation("sigmoid", Layers::sigmoid),
                Network.of(
                        "activation of the outputs",
                        g -> Layers.sigmoid(g.head(Layers.gelu(g.linear(g.x(), "a", H, H)))),
                        "sigmoid(Node)"),
                Network.of(
                        "add",
                        g -> {
                            Node hidden = Layers.tanh(g.linear(g.x(), "a", H, H));
                            return g.head(Layers.tanh(Layers.add(hidden, g.linear(hidden, "b", H, H))));
                        },
                        "add(Node,Node)"),
                Network.of(
                        "add to itself",
                        g -> {
                            Node hidden = Layers.tanh(g.linear(g.x(), "a", H, H));
                            return g.head(Layers.tanh(Layers.add(hidden, hidden)));
                        },
                        "add(Node,Node)"),
                Network.of(
                        "add, one side frozen",
                        g -> g.head(Layers.add(
                                Layers.add(g.x(), Layers.tanh(g.linear(g.x(), "a", H, H))),
                                g.linear(g.x(), "frozen", H, H))),
                        "add(Node,Node)"));
    }

    /** The activation beside what it is applied to, which must stay as it was. */
    private static Network activation(String name, UnaryOperator<Node> function) {
        return Network.of(
                name,
                g -> {
                    Node hidden = g.linear(g.x(), "a", H, H);
                    return g.head(Layers.add(function.apply(hidden), hidden));
                },
                name + "(Node)");
    }

    private static List<Network> layerNorm() {
        return List.of(
                Network.of("norm", g -> g.head(g.norm(g.linear(g.x(), "a", H, H), "gain", "bias")), LAYER_NORM),
                Network.of("norm of the batch", g -> g.head(Layers.tanh(g.norm(g.x(), "gain", "bias"))), LAYER_NORM),
                Network.of(
                        "norm of sequences",
                        g -> g.pooledHead(g.norm(g.linear(g.sequences(), "a", H, H), "gain", "bias")),
                        LAYER_NORM),
                Network.of(
                        "norm, frozen gain",
                        g -> g.head(g.norm(g.linear(g.x(), "a", H, H), "frozen gain", "bias")),
                        LAYER_NORM),
                Network.of(
                        "norm, frozen bias",
                        g -> g.head(g.norm(g.linear(g.x(), "a", H, H), "gain", "frozen bias")),
                        LAYER_NORM),
                Network.of(
                        "norm, frozen",
                        g -> g.head(g.norm(g.linear(g.x(), "a", H, H), "frozen gain", "frozen bias")),
                        LAYER_NORM),
                Network.of(
                        "norm of the batch, frozen gain",
                        g -> g.head(Layers.tanh(g.norm(g.x(), "frozen gain", "bias"))),
                        LAYER_NORM));
    }

    private static List<Network> attention() {
        List<Network> networks = new ArrayList<>();
        for (int heads : new int[] {1, 2, 4}) {
            networks.add(Network.of(
                    "self-attention of " + heads + " heads",
                    g -> g.pooledHead(attend(g, g.sequences(), heads, "q", "k", "v")),
                    ATTENTION));
        }
        networks.add(Network.of(
                "attention of one query",
                g -> g.head(attend(g, Layers.token(g.sequences(), 0), 2, "q", "k", "v")),
                ATTENTION));
        networks.add(Network.of(
                "attention of other queries",
                g -> g.head(Layers.token(attend(g, g.builder.input("queries"), 2, "q", "k", "v"), 1)),
                ATTENTION));
        for (List<String> names : List.of(
                List.of("frozen q", "k", "v"),
                List.of("q", "frozen k", "v"),
                List.of("q", "k", "frozen v"),
                List.of("q", "frozen k", "frozen v"),
                List.of("frozen q", "k", "frozen v"),
                List.of("frozen q", "frozen k", "v"))) {
            networks.add(Network.of(
                    "attention, " + names,
                    g -> g.head(attend(g, Layers.token(g.sequences(), 0), 2, names.get(0), names.get(1), names.get(2))),
                    ATTENTION));
        }
        return networks;
    }

    private static List<Network> attentionOfOne() {
        List<Network> networks = new ArrayList<>();
        for (int heads : new int[] {1, 2, 4}) {
            networks.add(Network.of(
                    "attention of one, " + heads + " heads",
                    g -> g.head(attendOnce(g, g.sequences(), heads, "q", "k", "v", "c")),
                    ATTENTION_OF_ONE));
        }
        networks.add(Network.of(
                "attention of one to trained states",
                g -> g.head(attendOnce(g, Layers.tanh(g.linear(g.sequences(), "states", H, H)), 2, "q", "k", "v", "c")),
                ATTENTION_OF_ONE));
        for (List<String> names : List.of(
                List.of("frozen q", "k", "v", "c"),
                List.of("q", "frozen k", "v", "frozen c"),
                List.of("q", "frozen k", "frozen v", "frozen c"),
                List.of("frozen q", "k", "frozen v", "frozen c"),
                List.of("frozen q", "frozen k", "v", "c"),
                List.of("frozen q", "frozen k", "frozen v", "c"))) {
            networks.add(Network.of(
                    "attention of one, " + names,
                    g -> g.head(
                            attendOnce(g, g.sequences(), 2, names.get(0), names.get(1), names.get(2), names.get(3))),
                    ATTENTION_OF_ONE));
        }
        return networks;
    }

    /** Attention of each sequence's first token. */
    private static Node attendOnce(Network.Parts g, Node states, int heads, String q, String k, String v, String c) {
        return Layers.attentionOfOne(
                g.linear(Layers.token(states, 0), q, H, H),
                states,
                g.parameter(k, H, H),
                g.parameter(v, H, H),
                g.parameter(c, H),
                g.mask(),
                heads);
    }

    /** Attention whose queries, keys and values are linear in what they are made of. */
    private static Node attend(Network.Parts g, Node queries, int heads, String q, String k, String v) {
        return Layers.attention(
                g.linear(queries, q, H, H),
                g.linear(g.sequences(), k, H, H),
                g.linear(g.sequences(), v, H, H),
                g.mask(),
                heads);
    }

    private static List<Network> shared() {
        return List.of(
                Network.of(
                        "one weight in two layers",
                        g -> g.head(Layers.tanh(g.linear(Layers.tanh(g.linear(g.x(), "a", H, H)), "a", H, H))),
                        LINEAR),
                Network.of(
                        "one weight in three layers",
                        g -> {
                            Node first = Layers.tanh(g.linear(g.x(), "a", H, H));
                            Node second = Layers.tanh(g.linear(first, "a", H, H));
                            return g.head(Layers.tanh(g.linear(second, "a", H, H)));
                        },
                        LINEAR),
                Network.of(
                        "one table looked up twice",
                        g -> {
                            Node words = Layers.embedding(g.ids(), g.parameter("table", WORDS, H));
                            Node again = Layers.embedding(g.ids(), g.parameter("table", WORDS, H));
                            return g.pooledHead(Layers.add(Layers.tanh(words), g.linear(again, "a", H, H)));
                        },
                        "embedding(Node,Parameter)"),
                Network.of(
                        "one gain in two norms",
                        g -> g.head(g.norm(Layers.tanh(g.norm(g.x(), "gain", "bias")), "gain", "bias")),
                        LAYER_NORM),
                Network.of(
                        "a parameter that is not used",
                        g -> {
                            g.parameter("idle", 2, 2);
                            return g.head(Layers.tanh(g.linear(g.x(), "a", H, H)));
                        },
                        LINEAR),
                Network.of("transformer", Networks::transformer, ATTENTION, LAYER_NORM, "gelu(Node)"));
    }

    /** A layer of BERT: embeddings, self-attention, two residual connections with norms, GELU, pooler, head. */
    private static Node transformer(Network.Parts g) {
        Node words = Layers.embedding(g.ids(), g.parameter("word", WORDS, H));
        Node places = Layers.embedding(Layers.positions(g.ids()), g.parameter("frozen place", 8, H));
        Node x = g.norm(Layers.add(words, places), "gain0", "bias0");
        Node context =
                Layers.attention(g.linear(x, "q", H, H), g.linear(x, "k", H, H), g.linear(x, "v", H, H), g.mask(), 2);
        Node y = g.norm(Layers.add(x, g.linear(context, "o", H, H)), "gain1", "bias1");
        Node inner = g.linear(Layers.gelu(g.linear(y, "up", H, 2 * H)), "down", 2 * H, H);
        Node z = g.norm(Layers.add(y, inner), "gain2", "bias2");
        return g.head(Layers.tanh(g.linear(Layers.token(z, 0), "pool", H, H)));
    }

    private static List<Network> losses() {
        return List.of(
                new Network("squared error", Set.of(LINEAR), Loss.squaredError(), g -> oneOutput(g)),
                new Network("binary cross-entropy", Set.of(LINEAR), Loss.binaryCrossEntropy(), g -> oneOutput(g)),
                new Network(
                        "a user's loss",
                        Set.of(LINEAR),
                        new HalfSquare(),
                        g -> Layers.tanh(g.head(Layers.gelu(g.linear(g.x(), "a", H, H))))));
    }

    private static Node oneOutput(Network.Parts g) {
        return g.linear(Layers.gelu(g.linear(g.x(), "a", H, H)), "b", H, 1);
    }
}
