package dev.fastif.hvp.dl4j;

import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.Pointwise;
import dev.fastif.hvp.autodiff.Tensors;
import org.deeplearning4j.nn.conf.layers.SelfAttentionLayer;

/** Attention among the steps of sequences. */
final class AttentionRules {
    /** How much lower a masked step's attention score is. */
    private static final double MASKED = 1e9;

    private AttentionRules() {}

    /** {@code softmax(q k^T / sqrt(d)) v} for each head, [n, heads, t, d]. */
    static Flow selfAttention(Scope s, Flow in, SelfAttentionLayer layer) {
        Tensors ops = s.ops();
        boolean projected = layer.isProjectInput();
        int heads = projected ? layer.getNHeads() : 1;
        long d = projected ? layer.getHeadSize() : layer.getNIn();
        Node q = projected ? projection(s, in.node(), "Wq", heads, d) : single(ops, in.node());
        Node k = projected ? projection(s, in.node(), "Wk", heads, d) : single(ops, in.node());
        Node v = projected ? projection(s, in.node(), "Wv", heads, d) : single(ops, in.node());
        Node scores = ops.scale(ops.matmul(q, ops.permute(k, 0, 1, 3, 2)), 1 / Math.sqrt((double) d));
        Mask mask = in.mask();
        if (mask != null) {
            Node low = ops.scale(ops.apply(Pointwise.shift(-1), s.steps(mask)), MASKED);
            scores = ops.add(scores, ops.reshape(ops.permute(low, 0, 2, 1), 0, 1, 1, -1));
        }
        Node mixed = ops.permute(ops.matmul(ops.softmax(scores), v), 0, 2, 1, 3);
        Node joined = ops.reshape(mixed, 0, 0, heads * d);
        return in.with(projected ? ops.matmul(joined, s.value("Wo")) : joined);
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
