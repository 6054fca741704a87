package dev.fastif.hvp.dl4j;

import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.Pointwise;
import dev.fastif.hvp.autodiff.Tensors;
import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.layers.AbstractLSTM;
import org.deeplearning4j.nn.conf.layers.GravesLSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.SelfAttentionLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.recurrent.SimpleRnn;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.activations.IActivation;

/** Layers of sequences: the input's part of all steps is one product, the rest a recurrence. */
final class RecurrentRules {
    /** How much lower a masked step's attention score is. */
    private static final double MASKED = 1e9;

    private RecurrentRules() {}

    static Flow simpleRnn(Scope s, Flow in, SimpleRnn layer) {
        if (layer.hasLayerNorm()) {
            throw new Unsupported("layer normalization inside of a SimpleRnn");
        }
        Flow x = Layouts.sequence(s, in, layer.getRnnDataFormat());
        IActivation activation = layer.getActivationFn();
        Tensors.Step step = (ops, elements, shared, state) -> {
            Node z = ops.add(elements.get(0), ops.matmul(state, shared.get(0)));
            return masked(ops, Activations.apply(ops, activation, z), elements);
        };
        return x.with(s.ops().scan(sequences(s, x), List.of(s.value("RW")), size(layer.getNOut()), step));
    }

    /** The state is the output h beside the memory c. */
    @SuppressWarnings("deprecation") // users still have GravesLSTM
    static Flow lstm(Scope s, Flow in, AbstractLSTM layer) {
        Flow x = Layouts.sequence(s, in, layer.getRnnDataFormat());
        int h = size(layer.getNOut());
        Node weights = s.value("RW"); // [h, 4 h], with peepholes [h, 4 h + 3]
        List<Node> shared = new ArrayList<>(List.of(s.ops().slice(weights, 1, 0, 4L * h, 1)));
        boolean peepholes = layer instanceof GravesLSTM;
        for (int i = 0; peepholes && i < 3; i++) {
            shared.add(s.ops().reshape(s.ops().slice(weights, 1, 4L * h + i, 4L * h + i + 1, 1), -1));
        }
        Gates gates = new Gates(h, layer.getActivationFn(), layer.getGateActivationFn(), peepholes);
        Node states = s.ops().scan(sequences(s, x), shared, 2 * h, gates::step);
        return x.with(s.ops().slice(states, 2, 0, h, 1));
    }

    private record Gates(int size, IActivation activation, IActivation gate, boolean peepholes) {
        Node step(Tensors ops, List<Node> elements, List<Node> shared, Node state) {
            Node h = ops.slice(state, 1, 0, size, 1);
            Node c = ops.slice(state, 1, size, 2L * size, 1);
            Node z = ops.add(elements.get(0), ops.matmul(h, shared.get(0)));
            Node block = Activations.apply(ops, activation, part(ops, z, 0));
            Node forget = gate(ops, part(ops, z, 1), c, shared, 1);
            Node input = gate(ops, part(ops, z, 3), c, shared, 3);
            Node memory = ops.add(ops.multiply(forget, c), ops.multiply(input, block));
            Node output = gate(ops, part(ops, z, 2), memory, shared, 2);
            Node next = ops.multiply(output, Activations.apply(ops, activation, memory));
            return masked(ops, ops.concat(1, List.of(next, memory)), elements);
        }

        private Node part(Tensors ops, Node z, int i) {
            return ops.slice(z, 1, (long) i * size, (i + 1L) * size, 1);
        }

        private Node gate(Tensors ops, Node z, Node seen, List<Node> shared, int peephole) {
            Node sum = peepholes ? ops.add(z, ops.multiply(seen, shared.get(peephole))) : z;
            return Activations.apply(ops, gate, sum);
        }
    }

    /** The same kind of layer along time and against it. As in DL4J, masks do not reach what is inside. */
    static Flow bidirectional(Scope s, Flow in, Bidirectional layer) {
        Flow x = Layouts.sequence(s, in, layer.getRNNDataFormat());
        Tensors ops = s.ops();
        Node ahead = along(s.inner("f"), x.node(), layer.getFwd());
        Node back = reversed(ops, along(s.inner("b"), reversed(ops, x.node()), layer.getBwd()));
        return x.with(
                switch (layer.getMode()) {
                    case ADD -> ops.add(ahead, back);
                    case MUL -> ops.multiply(ahead, back);
                    case AVERAGE -> ops.scale(ops.add(ahead, back), 0.5);
                    case CONCAT -> ops.concat(2, List.of(ahead, back));
                });
    }

    private static Node along(Scope s, Node x, Layer layer) {
        return Rules.apply(s, new Flow(x, Flow.Kind.SEQUENCE, null), layer).node();
    }

    private static Node reversed(Tensors ops, Node x) {
        return ops.slice(x, 1, -1, Long.MAX_VALUE, -1);
    }

    private static List<Node> sequences(Scope s, Flow x) {
        Node projected = DenseRules.affine(s, x.node());
        @Nullable Node mask = x.mask();
        return mask == null ? List.of(projected) : List.of(projected, mask);
    }

    private static Node masked(Tensors ops, Node state, List<Node> elements) {
        return elements.size() == 1 ? state : ops.multiply(state, elements.get(1));
    }

    private static int size(long nOut) {
        return Math.toIntExact(nOut);
    }

    /** {@code softmax(q k^T / sqrt(d)) v} for each head, [n, heads, t, d]. */
    static Flow selfAttention(Scope s, Flow in, SelfAttentionLayer layer) {
        Flow x = Layouts.sequence(s, in, RNNFormat.NCW);
        Tensors ops = s.ops();
        boolean projected = layer.isProjectInput();
        int heads = projected ? layer.getNHeads() : 1;
        long d = projected ? layer.getHeadSize() : layer.getNIn();
        Node q = projected ? projection(s, x.node(), "Wq", heads, d) : single(ops, x.node());
        Node k = projected ? projection(s, x.node(), "Wk", heads, d) : single(ops, x.node());
        Node v = projected ? projection(s, x.node(), "Wv", heads, d) : single(ops, x.node());
        Node scores = ops.scale(ops.matmul(q, ops.permute(k, 0, 1, 3, 2)), 1 / Math.sqrt((double) d));
        Node mask = x.mask();
        if (mask != null) {
            Node low = ops.scale(ops.apply(Pointwise.shift(-1), mask), MASKED);
            scores = ops.add(scores, ops.reshape(ops.permute(low, 0, 2, 1), 0, 1, 1, -1));
        }
        Node mixed = ops.permute(ops.matmul(ops.softmax(scores), v), 0, 2, 1, 3);
        Node joined = ops.reshape(mixed, 0, 0, heads * d);
        return x.with(projected ? ops.matmul(joined, s.value("Wo")) : joined);
    }

    private static Node single(Tensors ops, Node x) {
        return ops.permute(ops.reshape(x, 0, 0, 1, -1), 0, 2, 1, 3);
    }

    /** Weights [heads, d, c] applied to [n, t, c]: [n, heads, t, d]. */
    private static Node projection(Scope s, Node x, String key, int heads, long d) {
        Tensors ops = s.ops();
        Node weights = ops.permute(ops.reshape(s.value(key), heads * d, -1), 1, 0);
        return ops.permute(ops.reshape(ops.matmul(x, weights), 0, 0, heads, d), 0, 2, 1, 3);
    }
}
