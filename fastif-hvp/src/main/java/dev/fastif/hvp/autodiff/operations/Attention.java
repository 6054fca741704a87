package dev.fastif.hvp.autodiff.operations;

import dev.fastif.core.internal.Check;
import dev.fastif.hvp.autodiff.Frame;
import dev.fastif.hvp.autodiff.SimpleOperation;
import dev.fastif.hvp.autodiff.kernels.Factor;
import dev.fastif.hvp.autodiff.kernels.Kernels;
import dev.fastif.hvp.autodiff.kernels.SymmetricPoint;
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

    /** The weights [n, heads, tq, t] of the way forward; on the way back adjoints join. */
    private static final class State {
        private final SymmetricPoint weights;
        private @Nullable INDArray gWeights;
        private @Nullable INDArray gScores;

        State(SymmetricPoint weights) {
            this.weights = weights;
        }
    }

    private record Tangents(INDArray dScores, INDArray dWeights) {}

    @Override
    public INDArray value(Frame f) {
        INDArray k = f.input(KEY);
        requireShapes(f.input(QUERY), k, f.input(VALUE));
        Kernels kernels = f.kernels();
        INDArray scores = scores(f, query(f), k, scale(f));
        if (f.hasInput(MASK)) {
            requireMask(f.input(MASK), scores);
            kernels.addMaskTo(scores, f.input(MASK), MASKED);
        }
        SymmetricPoint weights = kernels.softmax(scores);
        f.save(new State(weights));
        return likeQuery(f, means(f, weights.value(), f.input(VALUE), 1));
    }

    @Override
    public INDArray tangent(Frame f) {
        State s = state(f);
        INDArray dScores = scores(f, sequences(tangentOrZero(f, QUERY)), f.input(KEY), scale(f));
        INDArray dk = f.inputTangent(KEY);
        if (dk != null) {
            setScores(f, dScores, 1, query(f), dk, scale(f));
        }
        INDArray dWeights = s.weights.product(dScores);
        f.saveTangent(new Tangents(dScores, dWeights));
        INDArray dy = means(f, dWeights, f.input(VALUE), 1);
        INDArray dv = f.inputTangent(VALUE);
        if (dv != null) {
            setMeans(f, dy, 1, s.weights.value(), dv, 1);
        }
        return likeQuery(f, dy);
    }

    @Override
    public void adjoint(Frame f) {
        State s = state(f);
        INDArray g = sequences(f.adjoint());
        INDArray gWeights = scores(f, g, f.input(VALUE), 1);
        INDArray gScores = s.weights.product(gWeights);
        s.gWeights = gWeights;
        s.gScores = gScores;
        if (f.isActive(QUERY)) {
            f.addAdjoint(QUERY, likeQuery(f, means(f, gScores, f.input(KEY), scale(f))));
        }
        if (f.isActive(KEY)) {
            f.addAdjoint(KEY, shares(f, gScores, query(f), scale(f)));
        }
        if (f.isActive(VALUE)) {
            f.addAdjoint(VALUE, shares(f, s.weights.value(), g, 1));
        }
    }

    @Override
    public void adjointTangent(Frame f) {
        State s = state(f);
        Tangents t = f.savedTangent(Tangents.class);
        INDArray gWeights = f.require(s.gWeights);
        INDArray gScores = f.require(s.gScores);
        INDArray g = sequences(f.adjoint());
        INDArray dg = sequences(f.adjointTangent());
        INDArray dgWeights = scores(f, dg, f.input(VALUE), 1);
        INDArray dv = f.inputTangent(VALUE);
        if (dv != null) {
            setScores(f, dgWeights, 1, g, dv, 1);
        }
        INDArray dgScores = s.weights.productTangent(t.dScores, t.dWeights, gWeights, dgWeights);
        if (f.isActive(QUERY)) {
            INDArray dgq = means(f, dgScores, f.input(KEY), scale(f));
            INDArray dk = f.inputTangent(KEY);
            if (dk != null) {
                setMeans(f, dgq, 1, gScores, dk, scale(f));
            }
            f.addAdjointTangent(QUERY, likeQuery(f, dgq));
        }
        if (f.isActive(KEY)) {
            INDArray dgk = shares(f, dgScores, query(f), scale(f));
            INDArray dq = f.inputTangent(QUERY);
            if (dq != null) {
                setShares(f, dgk, 1, gScores, sequences(dq), scale(f));
            }
            f.addAdjointTangent(KEY, dgk);
        }
        if (f.isActive(VALUE)) {
            INDArray dgv = shares(f, s.weights.value(), dg, 1);
            setShares(f, dgv, 1, t.dWeights, g, 1);
            f.addAdjointTangent(VALUE, dgv);
        }
    }

    /** For each head, factor * a b^T over its columns of sequences a [n, r, h] and b [n, t, h]: [n, heads, r, t]. */
    private INDArray scores(Frame f, INDArray a, INDArray b, double factor) {
        INDArray scores = f.kernels().array(a.size(0), heads, a.size(1), b.size(1));
        setScores(f, scores, 0, a, b, factor);
        return scores;
    }

    private void setScores(Frame f, INDArray scores, double keep, INDArray a, INDArray b, double factor) {
        Factor columns = Factor.ofHeads(b, heads).transpose();
        f.kernels().setProduct(Factor.of(scores), keep, factor, Factor.ofHeads(a, heads), columns);
    }

    /** For each head, factor * weights b, of weights [n, heads, r, t] and its columns of sequences b [n, t, h]: [n, r, h]. */
    private INDArray means(Frame f, INDArray weights, INDArray b, double factor) {
        INDArray means = f.kernels().array(b.size(0), weights.size(2), b.size(2));
        setMeans(f, means, 0, weights, b, factor);
        return means;
    }

    private void setMeans(Frame f, INDArray means, double keep, INDArray weights, INDArray b, double factor) {
        Factor out = Factor.ofHeads(means, heads);
        f.kernels().setProduct(out, keep, factor, Factor.of(weights), Factor.ofHeads(b, heads));
    }

    /** For each head, factor * weights^T a, of weights [n, heads, r, t] and its columns of sequences a [n, r, h]: [n, t, h]. */
    private INDArray shares(Frame f, INDArray weights, INDArray a, double factor) {
        INDArray shares = f.kernels().array(a.size(0), weights.size(3), a.size(2));
        setShares(f, shares, 0, weights, a, factor);
        return shares;
    }

    private void setShares(Frame f, INDArray shares, double keep, INDArray weights, INDArray a, double factor) {
        Factor out = Factor.ofHeads(shares, heads);
        f.kernels().setProduct(out, keep, factor, Factor.of(weights).transpose(), Factor.ofHeads(a, heads));
    }

    private static State state(Frame f) {
        return f.saved(State.class);
    }

    private static INDArray tangentOrZero(Frame f, int input) {
        INDArray tangent = f.inputTangent(input);
        INDArray x = f.input(input);
        return tangent == null ? f.kernels().zeros(x.shape()) : tangent;
    }

    private double scale(Frame f) {
        return 1 / Math.sqrt((double) f.input(KEY).size(2) / heads);
    }

    private static INDArray query(Frame f) {
        return sequences(f.input(QUERY));
    }

    /** One query a sequence as sequences of one. */
    private static INDArray sequences(INDArray x) {
        return x.rank() == 3 ? x : x.reshape('c', x.size(0), 1, x.size(1));
    }

    private static INDArray likeQuery(Frame f, INDArray x) {
        return f.input(QUERY).rank() == 3 ? x : x.reshape('c', x.size(0), x.size(2));
    }

    private void requireShapes(INDArray query, INDArray key, INDArray value) {
        Check.argument(
                key.rank() == 3
                        && key.size(2) % heads == 0
                        && (query.rank() == 2 || query.rank() == 3)
                        && query.size(0) == key.size(0)
                        && query.size(-1) == key.size(2)
                        && Arrays.equals(key.shape(), value.shape()),
                "queries have shape %s, keys %s and values %s: attention with %d heads needs [n, tq, h] or [n, h], and"
                        + " twice [n, t, h], with h a multiple of it",
                Arrays.toString(query.shape()),
                Arrays.toString(key.shape()),
                Arrays.toString(value.shape()),
                heads);
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
