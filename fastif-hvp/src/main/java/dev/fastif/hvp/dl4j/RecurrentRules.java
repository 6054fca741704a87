package dev.fastif.hvp.dl4j;

import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.operations.Layers;
import dev.fastif.hvp.autodiff.operations.Tensors;
import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.conf.layers.AbstractLSTM;
import org.deeplearning4j.nn.conf.layers.GravesBidirectionalLSTM;
import org.deeplearning4j.nn.conf.layers.GravesLSTM;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.recurrent.SimpleRnn;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.activations.IActivation;

/** Layers of sequences: the input's part of all steps is one product, the rest a recurrence. */
@SuppressWarnings("deprecation") // users still have the layers of Graves
final class RecurrentRules {
    private RecurrentRules() {}

    static Flow simpleRnn(Scope s, Flow in, SimpleRnn layer) {
        if (layer.hasLayerNorm()) {
            s.refuse("layer normalization inside of a SimpleRnn");
        }
        IActivation activation = s.supported(layer.getActivationFn());
        Tensors.Step step = (ops, elements, shared, state) -> {
            Node z = ops.add(elements.get(0), ops.matmul(state, shared.get(0)));
            return masked(ops, Activations.apply(ops, activation, z), elements);
        };
        return in.with(s.ops()
                .scan(
                        sequences(s, DenseRules.affine(s, in.node()), in.mask()),
                        List.of(s.value("RW")),
                        size(layer.getNOut()),
                        step));
    }

    /** Padding is computed like other steps, unless the layer is handed the mask. */
    static Flow lstm(Scope s, Flow in, AbstractLSTM layer) {
        Gates gates = new Gates(
                size(layer.getNOut()),
                s.supported(layer.getActivationFn()),
                s.supported(layer.getGateActivationFn()),
                layer instanceof GravesLSTM);
        return in.with(lstm(s, in.node(), s.handsMasks() ? in.mask() : null, gates, ""));
    }

    /** The sum of both ways, each with the mask. */
    static Flow bidirectionalLstm(Scope s, Flow in, GravesBidirectionalLSTM layer) {
        Gates gates = new Gates(
                size(layer.getNOut()),
                s.supported(layer.getActivationFn()),
                s.supported(layer.getGateActivationFn()),
                true);
        Flow around = reversed(s.ops(), in);
        Node ahead = lstm(s, in.node(), in.mask(), gates, "F");
        Node back = lstm(s, around.node(), around.mask(), gates, "B");
        return in.with(s.ops().add(ahead, SequenceRules.reversed(s.ops(), back)));
    }

    /** The state is the output h beside the memory c. Weights are [h, 4 h], with peepholes [h, 4 h + 3]. */
    private static Node lstm(Scope s, Node x, @Nullable Mask mask, Gates gates, String way) {
        int h = gates.size;
        Node weights = s.value("RW" + way);
        List<Node> shared = new ArrayList<>(List.of(s.ops().slice(weights, 1, 0, 4L * h, 1)));
        for (int i = 0; gates.peepholes && i < 3; i++) {
            shared.add(s.ops().reshape(s.ops().slice(weights, 1, 4L * h + i, 4L * h + i + 1, 1), -1));
        }
        Node projected = Layers.linear(x, s.parameter("W" + way), s.parameter("b" + way));
        Node states = s.ops().scan(sequences(s, projected, mask), shared, 2 * h, gates::step);
        return s.ops().slice(states, 2, 0, h, 1);
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

    /** The same kind of layer along time and against it, each with the mask as it meets the steps. */
    static Flow bidirectional(Scope s, Flow in, Bidirectional layer) {
        Tensors ops = s.ops();
        Flow ahead = Rules.apply(s.inner("f"), in, layer.getFwd());
        Flow back = reversed(ops, Rules.apply(s.inner("b"), reversed(ops, in), layer.getBwd()));
        return ahead.with(
                switch (layer.getMode()) {
                    case ADD -> ops.add(ahead.node(), back.node());
                    case MUL -> ops.multiply(ahead.node(), back.node());
                    case AVERAGE -> ops.scale(ops.add(ahead.node(), back.node()), 0.5);
                    case CONCAT -> ops.concat(-1, List.of(ahead.node(), back.node()));
                });
    }

    /** Of rows, the last step of each way, nothing is turned round. */
    private static Flow reversed(Tensors ops, Flow x) {
        if (!x.layout().isSequence()) {
            return x;
        }
        Mask mask = x.mask();
        return x.with(SequenceRules.reversed(ops, x.node()))
                .withMask(mask == null ? null : mask.with(SequenceRules.reversed(ops, mask.steps())));
    }

    private static List<Node> sequences(Scope s, Node projected, @Nullable Mask mask) {
        return mask == null ? List.of(projected) : List.of(projected, s.steps(mask));
    }

    private static Node masked(Tensors ops, Node state, List<Node> elements) {
        return elements.size() == 1 ? state : ops.multiply(state, elements.get(1));
    }

    private static int size(long nOut) {
        return Math.toIntExact(nOut);
    }
}
