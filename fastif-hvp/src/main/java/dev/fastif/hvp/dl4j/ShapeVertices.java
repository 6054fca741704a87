package dev.fastif.hvp.dl4j;

import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.operations.Pointwise;
import dev.fastif.hvp.autodiff.operations.Tensors;
import dev.fastif.hvp.internal.Unsupported;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.graph.L2NormalizeVertex;
import org.deeplearning4j.nn.conf.graph.ReshapeVertex;
import org.deeplearning4j.nn.conf.graph.UnstackVertex;

/** Vertices that take lengths and distances of whole examples, or put them in another shape. */
final class ShapeVertices {
    /** Below which DL4J does not divide by a distance. */
    private static final double LEAST_DISTANCE = 1e-8;

    private ShapeVertices() {}

    /** {@code x / max(|x|, eps)}, |x| over all of an example, of each step if steps are rows. */
    static Flow normalized(Scope s, Flow in, L2NormalizeVertex vertex) {
        int[] asked = vertex.getDimension();
        if (asked != null
                && asked.length > 0
                && !Arrays.equals(asked, IntStream.range(1, rank(in.layout())).toArray())) {
            s.refuse("L2NormalizeVertex over the axes " + Arrays.toString(asked) + " of " + in.layout());
        }
        Node length = length(s.ops(), in, vertex.getEps());
        long[] shape =
                switch (in.layout()) {
                    case STEPS -> new long[] {0, 0, 1};
                    case NCHW, NHWC -> new long[] {0, 1, 1, 1};
                    case NCW, NWC, POOLED -> new long[] {0, 1, 1};
                    default -> new long[] {0, 1};
                };
        return in.with(s.ops().divide(in.node(), s.ops().reshape(length, shape)));
    }

    /** {@code |a - b|}, one number for each example, or for each step if steps are rows; the mask is that of a. */
    static Flow distance(Scope s, List<Flow> in) {
        Flow difference =
                in.get(0).with(s.ops().subtract(in.get(0).node(), in.get(1).node()));
        Node length = length(s.ops(), difference, LEAST_DISTANCE);
        return difference.layout() == Layout.STEPS
                ? difference.with(s.ops().insertAxis(length, 2))
                : Flow.rows(s.ops().reshape(length, 0, 1));
    }

    /** The square root of the sum of squares, or epsilon where that is less; there it has no derivative. */
    private static Node length(Tensors ops, Flow x, double epsilon) {
        int[] axes =
                switch (x.layout()) {
                    case STEPS -> new int[] {2};
                    default -> IntStream.range(1, rank(x.layout())).toArray();
                };
        double least = epsilon * epsilon;
        Node squares = ops.sum(ops.apply(Pointwise.pow(2), x.node()), axes);
        Node above = ops.apply(Pointwise.relu(), ops.apply(Pointwise.shift(-least), squares));
        return ops.apply(Pointwise.pow(0.5), ops.apply(Pointwise.shift(least), above));
    }

    /** How many axes DL4J's array has. */
    private static int rank(Layout layout) {
        return layout.isImage() ? 4 : layout.isSequence() ? 3 : 2;
    }

    /** Without the first row and the first column of pixels. */
    static Flow poolHelper(Scope s, Flow in) {
        return in.with(s.ops().pad(in.node(), List.of(0, 0, -1, -1), List.of(0, 0, 0, 0)));
    }

    /** The examples of one array under those of the other. */
    static Flow stack(Scope s, List<Flow> in) {
        Flow first = in.get(0);
        List<Node> nodes = in.stream().map(Flow::node).toList();
        return first.with(s.ops().concat(0, nodes)).withMask(Mask.stacked(s.ops(), in));
    }

    /** Some of the examples that were stacked. */
    static Flow unstack(Scope s, Flow in, UnstackVertex vertex) {
        Mask mask = in.mask();
        int rank = in.layout() == Layout.STEPS ? 3 : rank(in.layout());
        return in.with(part(s.ops(), in.node(), rank, vertex))
                .withMask(mask == null ? null : mask.with(part(s.ops(), mask.steps(), 3, vertex)));
    }

    private static Node part(Tensors ops, Node x, int rank, UnstackVertex vertex) {
        // the examples' axis last, then in two: parts and the examples of each
        int[] last = IntStream.range(0, rank).map(i -> (i + 1) % rank).toArray();
        int[] first = IntStream.range(0, rank).map(i -> (i + rank - 1) % rank).toArray();
        long[] apart = new long[rank + 1];
        apart[rank - 1] = vertex.getStackSize();
        apart[rank] = -1;
        long[] together = new long[rank];
        together[rank - 1] = -1;
        Node parts = ops.reshape(ops.permute(x, last), apart);
        Node one = ops.slice(parts, rank - 1, vertex.getFrom(), vertex.getFrom() + 1L, 1);
        return ops.permute(ops.reshape(one, together), first);
    }

    /** From DL4J's own order of numbers to DL4J's own order. */
    static Flow reshape(Scope s, Flow in, ReshapeVertex vertex) {
        int[] to = vertex.getNewShape();
        if (vertex.getReshapeOrder() != 'c' || to.length < 2 || to.length > 4 || to[0] != -1) {
            throw new Unsupported(String.format(
                    Locale.ROOT,
                    "ReshapeVertex to %s in order '%s': the first axis must be -1, the examples, and the order 'c'",
                    Arrays.toString(to),
                    vertex.getReshapeOrder()));
        }
        Mask mask = in.mask();
        if (mask != null) {
            s.inputs().features().refuse(mask.arrays(), "the mask of a ReshapeVertex is not followed");
        }
        Tensors ops = s.ops();
        long[] shape = Arrays.stream(to).asLongStream().toArray();
        shape[0] = 0;
        if (to.length == 2) {
            return Flow.rows(ops.reshape(own(ops, in), shape));
        }
        Node reshaped = ops.reshape(own(ops, in), shape);
        return to.length == 3
                ? new Flow(ops.permute(reshaped, 0, 2, 1), Layout.NCW, null)
                : new Flow(reshaped, Layout.NCHW, null);
    }

    /** As DL4J lays it out. */
    private static Node own(Tensors ops, Flow flow) {
        return switch (flow.layout()) {
            case NCW, POOLED -> ops.permute(flow.node(), 0, 2, 1);
            case NHWC -> ops.permute(flow.node(), 0, 2, 3, 1);
            case STEPS -> throw new Unsupported("ReshapeVertex of " + flow.layout());
            default -> flow.node();
        };
    }
}
