package dev.fastif.hvp.autodiff;

import dev.fastif.core.internal.Check;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Multi-head softmax attention: inputs queries [n, tq, h] or, for one query a sequence, [n, h]; keys and values [n, t, h];
 * optionally a mask [n, t], 1 for real tokens and 0 for padding. The result has the shape of the queries.
 */
record Attention(int heads) implements SimpleOperation {
    private static final int QUERY = 0;
    private static final int KEY = 1;
    private static final int VALUE = 2;
    private static final int MASK = 3;

    /** What a masked token's score is lowered by: its weight underflows to 0. */
    static final double MASKED = 1e4;

    /** Heads [n, heads, t, d] and weights of the way forward; on the way back their adjoints join. */
    private static final class State {
        private final INDArray q;
        private final INDArray k;
        private final INDArray v;
        private final SymmetricPoint weights;
        private @Nullable INDArray gWeights;
        private @Nullable INDArray gScores;

        State(INDArray q, INDArray k, INDArray v, SymmetricPoint weights) {
            this.q = q;
            this.k = k;
            this.v = v;
            this.weights = weights;
        }
    }

    private record Tangents(INDArray dq, INDArray dk, INDArray dv, INDArray dScores, INDArray dWeights) {}

    @Override
    public INDArray value(Frame f) {
        INDArray keys = f.input(KEY);
        Check.argument(
                keys.rank() == 3 && keys.size(2) % heads == 0,
                "keys have shape %s: attention with %d heads needs [n, t, h] with h a multiple of it",
                Arrays.toString(keys.shape()),
                heads);
        Kernels kernels = f.kernels();
        INDArray q = queryHeads(f, f.input(QUERY));
        INDArray k = kernels.splitHeads(keys, heads);
        INDArray v = kernels.splitHeads(f.input(VALUE), heads);
        INDArray scores = kernels.matmulNT(q, k);
        if (f.hasInput(MASK)) {
            requireMask(f.input(MASK), scores);
            kernels.addMask(scores, f.input(MASK), MASKED);
        }
        SymmetricPoint weights = kernels.softmax(scores);
        f.save(new State(q, k, v, weights));
        return merge(f, kernels.matmul(weights.value(), v));
    }

    @Override
    public INDArray tangent(Frame f) {
        Kernels kernels = f.kernels();
        State s = state(f);
        INDArray dq = queryHeads(f, tangentOrZero(f, QUERY));
        INDArray dk = kernels.splitHeads(tangentOrZero(f, KEY), heads);
        INDArray dv = kernels.splitHeads(tangentOrZero(f, VALUE), heads);
        INDArray dScores = kernels.matmulNT(dq, s.k);
        kernels.addMatmulNT(dScores, s.q, dk);
        INDArray dWeights = s.weights.product(dScores);
        f.saveTangent(new Tangents(dq, dk, dv, dScores, dWeights));
        INDArray dy = kernels.matmul(dWeights, s.v);
        kernels.addMatmul(dy, s.weights.value(), dv);
        return merge(f, dy);
    }

    @Override
    public void adjoint(Frame f) {
        Kernels kernels = f.kernels();
        State s = state(f);
        INDArray g = split(f, f.adjoint());
        INDArray gWeights = kernels.matmulNT(g, s.v);
        INDArray gScores = s.weights.product(gWeights);
        s.gWeights = gWeights;
        s.gScores = gScores;
        if (f.isActive(QUERY)) {
            f.addAdjoint(QUERY, queryAdjoint(f, kernels.matmul(gScores, s.k)));
        }
        if (f.isActive(KEY)) {
            f.addAdjoint(KEY, kernels.mergeHeads(kernels.matmulTN(gScores, s.q)));
        }
        if (f.isActive(VALUE)) {
            f.addAdjoint(VALUE, kernels.mergeHeads(kernels.matmulTN(s.weights.value(), g)));
        }
    }

    @Override
    public void adjointTangent(Frame f) {
        Kernels kernels = f.kernels();
        State s = state(f);
        Tangents t = f.savedTangent(Tangents.class);
        INDArray gWeights = f.require(s.gWeights);
        INDArray gScores = f.require(s.gScores);
        INDArray g = split(f, f.adjoint());
        INDArray dg = split(f, f.adjointTangent());
        INDArray dgWeights = kernels.matmulNT(dg, s.v);
        kernels.addMatmulNT(dgWeights, g, t.dv);
        INDArray dgScores = s.weights.productTangent(t.dScores, t.dWeights, gWeights, dgWeights);
        if (f.isActive(QUERY)) {
            INDArray dgq = kernels.matmul(dgScores, s.k);
            kernels.addMatmul(dgq, gScores, t.dk);
            f.addAdjointTangent(QUERY, queryAdjoint(f, dgq));
        }
        if (f.isActive(KEY)) {
            INDArray dgk = kernels.matmulTN(dgScores, s.q);
            kernels.addMatmulTN(dgk, gScores, t.dq);
            f.addAdjointTangent(KEY, kernels.mergeHeads(dgk));
        }
        if (f.isActive(VALUE)) {
            INDArray dgv = kernels.matmulTN(s.weights.value(), dg);
            kernels.addMatmulTN(dgv, t.dWeights, g);
            f.addAdjointTangent(VALUE, kernels.mergeHeads(dgv));
        }
    }

    private static State state(Frame f) {
        return f.saved(State.class);
    }

    private static INDArray tangentOrZero(Frame f, int input) {
        INDArray tangent = f.inputTangent(input);
        INDArray x = f.input(input);
        return tangent == null ? f.kernels().zeros(x.dataType(), x.shape()) : tangent;
    }

    /** Queries as heads, already divided by sqrt(d), so that scores come out scaled. */
    private INDArray queryHeads(Frame f, INDArray queries) {
        INDArray split = split(f, queries);
        f.kernels().scale(split, scale(f));
        return split;
    }

    private INDArray queryAdjoint(Frame f, INDArray headsAdjoint) {
        f.kernels().scale(headsAdjoint, scale(f));
        return merge(f, headsAdjoint);
    }

    private double scale(Frame f) {
        return 1 / Math.sqrt((double) f.input(KEY).size(2) / heads);
    }

    private INDArray split(Frame f, INDArray x) {
        INDArray sequences = x.rank() == 3 ? x : x.reshape('c', x.size(0), 1, x.size(1));
        return f.kernels().splitHeads(sequences, heads);
    }

    private static INDArray merge(Frame f, INDArray x) {
        INDArray merged = f.kernels().mergeHeads(x);
        return f.input(QUERY).rank() == 3 ? merged : merged.reshape('c', merged.size(0), merged.size(2));
    }

    private static void requireMask(INDArray mask, INDArray scores) {
        Check.argument(
                mask.rank() == 2 && mask.size(0) == scores.size(0) && mask.size(1) == scores.size(3),
                "the mask has shape %s: it must be [%d, %d], one number for each token",
                Arrays.toString(mask.shape()),
                scores.size(0),
                scores.size(3));
    }
}
