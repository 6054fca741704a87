package dev.fastif.hvp.dl4j;

import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.operations.Pointwise;
import dev.fastif.hvp.autodiff.operations.Tensors;
import java.util.List;
import org.deeplearning4j.nn.conf.graph.AttentionVertex;
import org.deeplearning4j.nn.conf.layers.SelfAttentionLayer;
import org.jspecify.annotations.Nullable;

/** Attention to the steps of sequences: {@code softmax(q k^T / sqrt(d)) v} for each head, [n, heads, t, d]. */
final class AttentionRules {
    /** How much lower a masked step's attention score is. */
    private static final double MASKED = 1e9;

    /** 1e9 below, scores are rounded to multiples of 64 in single precision and of 1e-7 in double: of that there is no slope. */
    private static final String NOTHING_SEEN = "attends to none of them, of which DL4J's number is rounding";

    private AttentionRules() {}

    /**
     * Heads.
     *
     * @param count how many, 0 of an attention without projections
     * @param size d, unless there are none: then it is the width of what there is
     */
    private record Heads(int count, long size) {
        static Heads of(boolean projected, int count, long size) {
            return projected ? new Heads(count, size) : new Heads(0, 0);
        }
    }

    static Flow selfAttention(Scope s, Flow in, SelfAttentionLayer layer) {
        Heads heads = Heads.of(layer.isProjectInput(), layer.getNHeads(), layer.getHeadSize());
        Mask mask = in.mask();
        Node seen = mask == null ? null : s.some(mask, s.steps(mask), NOTHING_SEEN);
        return in.with(attention(s, in.node(), in.node(), in.node(), seen, heads));
    }

    /** Keys or values that are masked are not looked at, queries that are masked give zeros. */
    static Flow vertex(Scope s, List<Flow> in, AttentionVertex vertex) {
        Heads heads = Heads.of(vertex.isProjectInput(), vertex.getNHeads(), vertex.getHeadSize());
        Flow queries = in.get(0);
        Mask mask = Mask.intersection(s.ops(), in.get(1).mask(), in.get(2).mask());
        Node seen = mask == null ? null : seen(s, mask, queries.mask());
        Node result = attention(s, queries.node(), in.get(1).node(), in.get(2).node(), seen, heads);
        return s.masked(queries.with(result));
    }

    private static Node seen(Scope s, Mask mask, @Nullable Mask queries) {
        Node steps = s.steps(mask);
        return queries == null
                ? s.some(mask, steps, NOTHING_SEEN)
                : s.some(mask, steps, s.steps(queries), NOTHING_SEEN);
    }

    private static Node attention(Scope s, Node queries, Node keys, Node values, @Nullable Node steps, Heads heads) {
        Tensors ops = s.ops();
        Node q = projection(s, queries, "Wq", heads);
        Node k = projection(s, keys, "Wk", heads);
        Node v = projection(s, values, "Wv", heads);
        Node scores = ops.matmul(ops.scaleBySize(q, -1, -0.5), ops.permute(k, 0, 1, 3, 2));
        if (steps != null) {
            Node low = ops.scale(ops.apply(Pointwise.shift(-1), steps), MASKED);
            scores = ops.add(scores, ops.reshape(ops.permute(low, 0, 2, 1), 0, 1, 1, -1));
        }
        Node mixed = ops.permute(ops.matmul(ops.softmax(scores), v), 0, 2, 1, 3);
        Node joined = ops.reshape(mixed, 0, 0, -1);
        return heads.count == 0 ? joined : ops.matmul(joined, s.value("Wo"));
    }

    /** Weights [heads, d, c] applied to [n, t, c]: [n, heads, t, d]. */
    private static Node projection(Scope s, Node x, String key, Heads heads) {
        Tensors ops = s.ops();
        if (heads.count == 0) {
            return ops.permute(ops.reshape(x, 0, 0, 1, -1), 0, 2, 1, 3);
        }
        Node weights = ops.permute(ops.reshape(s.value(key), heads.count * heads.size, -1), 1, 0);
        return ops.permute(ops.reshape(ops.matmul(x, weights), 0, 0, heads.count, heads.size), 0, 2, 1, 3);
    }
}
