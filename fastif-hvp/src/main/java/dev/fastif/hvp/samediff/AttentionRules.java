package dev.fastif.hvp.samediff;

import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.operations.Pointwise;
import dev.fastif.hvp.autodiff.operations.Tensors;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Attention. */
final class AttentionRules {
    private AttentionRules() {}

    static Map<String, OpRules.Rule> rules() {
        Map<String, OpRules.Rule> rules = new HashMap<>();
        rules.put("dot_product_attention", c -> {
            requireNoWeights(c);
            return attended(c, c.in(0), c.in(1), c.in(2), 3);
        });
        rules.put("multi_head_dot_product_attention", AttentionRules::multiHead);
        return rules;
    }

    private static void requireNoWeights(Call c) {
        if (c.op().outputVariablesNames().length != 1) {
            throw Refusal.ATTENTION_WEIGHTS.of(c.op().opName());
        }
    }

    /** Of queries [..., d, q], keys [..., d, t] and values [..., v, t]: [..., v, q]. */
    private static Node attended(Call c, Node queries, Node keys, Node values, int mask) {
        Tensors t = c.ops();
        Node scaled = c.integer(0, 0) == 1 ? t.scaleBySize(queries, -2, -0.5) : queries;
        Node scores = t.matmul(t.moveAxis(scaled, -1, -2), keys);
        if (c.has(mask)) {
            // as ND4J does: what the mask [n, t] hides is far below
            Node hidden = t.scale(t.apply(Pointwise.shift(-1), seen(c, c.in(mask))), 1e9);
            scores = t.add(scores, t.betweenEnds(hidden, scores));
        }
        return t.matmul(values, t.moveAxis(t.softmax(scores), -1, -2));
    }

    /** The mask, which must have a 1 for each example: scores 1e9 away are rounded to multiples of 64, or 1e-7, and have no slope. */
    private static Node seen(Call c, Node mask) {
        return c.ops().evaluate("a mask", List.of(mask), given -> {
            INDArray most = given.get(0).max(-1);
            for (long i = 0; i < most.length(); i++) {
                if (most.getDouble(i) != 1) {
                    throw Refusal.NOTHING_SEEN.ofGraph(c.op().opName(), i);
                }
            }
            return given.get(0).dup();
        });
    }

    /** Arguments: queries, keys and values [n, d, t], their projections [heads, d', d], and that of the result [heads d', out]. */
    private static Node multiHead(Call c) {
        requireNoWeights(c);
        Tensors t = c.ops();
        Node heads = attended(c, projected(c, 0), projected(c, 1), projected(c, 2), 7);
        // [n, heads, v, q] to [n, q, heads v]
        Node joined = t.reshape(t.permute(heads, 0, 3, 1, 2), 0, 0, -1);
        return t.moveAxis(t.matmul(joined, c.in(6)), -1, -2);
    }

    /** [n, d, t] by each head's [d', d]: [n, heads, d', t]. */
    private static Node projected(Call c, int i) {
        Tensors t = c.ops();
        long[] shape = c.shapeOfParameter(i + 3);
        Node matrix = t.reshape(c.in(i + 3), -1, shape[2]);
        Node all = t.matmul(t.moveAxis(c.in(i), 1, 2), t.moveAxis(matrix, 0, 1));
        return t.moveAxis(t.reshape(all, 0, 0, shape[0], shape[1]), 1, -1);
    }
}
