package dev.fastif.hvp.autodiff.operations;

import dev.fastif.core.internal.Check;
import dev.fastif.hvp.autodiff.Frame;
import dev.fastif.hvp.autodiff.Operation;
import dev.fastif.hvp.autodiff.kernels.Factor;
import dev.fastif.hvp.autodiff.kernels.Kernels;
import dev.fastif.hvp.autodiff.kernels.SymmetricPoint;
import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Multi-head softmax attention of one query a sequence, [n, h], to keys and values that are linear in the tokens' states
 * [n, t, c]; a mask [n, t] is 1 for real tokens and 0 for padding. Neither keys nor values are formed: a query's score for a
 * token is {@code q . (x K) = (K q) . x}, and the weighted mean of values is the weighted mean of states times V, so that
 * the matrices are multiplied by one row a sequence and head instead of one a token. A bias of the keys would add the same
 * to all scores of a head, which softmax does not see: its derivatives are zero.
 */
record AttentionOfOne(int heads) implements Operation {
    private static final int QUERY = 0;
    private static final int STATES = 1;
    private static final int MASK = 2;

    private static final int KEY = 0;
    private static final int VALUE = 1;
    private static final int VALUE_BIAS = 2;

    /**
     * What the way forward leaves to the way back.
     *
     * @param q queries over the square root of d, [n, h]
     * @param a queries times keys' matrices, [n, heads, c]
     * @param weights of the tokens, [n, heads, t]
     * @param u weighted means of the states, [n, heads, c]
     */
    private record State(INDArray q, INDArray a, SymmetricPoint weights, INDArray u) {}

    private record Tangents(INDArray dq, INDArray da, INDArray dScores, INDArray dWeights, INDArray du) {}

    @Override
    public void forward(Frame f, List<Frame> along) {
        f.setValue(value(f));
        along.forEach(direction -> direction.setTangent(tangent(direction)));
    }

    private INDArray value(Frame f) {
        requireShapes(f);
        Kernels k = f.kernels();
        INDArray x = f.input(STATES);
        INDArray q = scaled(f, f.input(QUERY));
        INDArray a = byHeads(k, q, f.parameter(KEY));
        INDArray scores = timesTransposed(k, a, x);
        k.addMaskTo(scores, f.input(MASK), Attention.MASKED);
        SymmetricPoint weights = k.softmax(scores);
        INDArray u = times(k, weights.value(), x);
        f.save(new State(q, a, weights, u));
        INDArray y = together(k, u, f.parameter(VALUE));
        k.addRowTo(y, f.parameter(VALUE_BIAS));
        return y;
    }

    private INDArray tangent(Frame f) {
        Kernels k = f.kernels();
        State s = f.saved(State.class);
        INDArray x = f.input(STATES);
        INDArray dx = f.inputTangent(STATES);
        INDArray dQuery = f.inputTangent(QUERY);
        INDArray dq = dQuery == null ? k.zeros(s.q.shape()) : scaled(f, dQuery);
        INDArray da = byHeads(k, dq, f.parameter(KEY));
        INDArray dKey = f.parameterTangent(KEY);
        if (dKey != null) {
            k.addTo(da, byHeads(k, s.q, dKey), 1);
        }
        INDArray dScores = timesTransposed(k, da, x);
        if (dx != null) {
            addTimesTransposed(k, dScores, s.a, dx);
        }
        INDArray dWeights = s.weights.product(dScores);
        INDArray du = times(k, dWeights, x);
        if (dx != null) {
            addTimes(k, du, s.weights.value(), dx);
        }
        f.saveTangent(new Tangents(dq, da, dScores, dWeights, du));
        INDArray dy = together(k, du, f.parameter(VALUE));
        INDArray dValue = f.parameterTangent(VALUE);
        if (dValue != null) {
            k.addTo(dy, together(k, s.u, dValue), 1);
        }
        INDArray dBias = f.parameterTangent(VALUE_BIAS);
        if (dBias != null) {
            k.addRowTo(dy, dBias);
        }
        return dy;
    }

    /** Adjoints of weighted means, weights, scores and of {@code a}. */
    private record Adjoints(INDArray gu, INDArray gWeights, INDArray gScores, INDArray ga) {}

    private Adjoints adjoints(Frame f) {
        Kernels k = f.kernels();
        INDArray x = f.input(STATES);
        INDArray gu = byHeads(k, f.adjoint(), f.parameter(VALUE));
        INDArray gWeights = timesTransposed(k, gu, x);
        INDArray gScores = f.saved(State.class).weights.product(gWeights);
        return new Adjoints(gu, gWeights, gScores, times(k, gScores, x));
    }

    @Override
    public void adjoint(Frame f) {
        send(f, adjoints(f));
    }

    private void send(Frame f, Adjoints g) {
        Kernels k = f.kernels();
        State s = f.saved(State.class);
        if (f.isActive(QUERY)) {
            f.addAdjoint(QUERY, scaled(f, together(k, g.ga, f.parameter(KEY))));
        }
        if (f.isActive(STATES)) {
            INDArray gx = transposedTimes(k, s.weights.value(), g.gu);
            addTransposedTimes(k, gx, g.gScores, s.a);
            f.addAdjoint(STATES, gx);
        }
    }

    @Override
    public void gradient(Frame f) {
        State s = f.saved(State.class);
        if (f.isTrainable(KEY)) {
            f.addToSink(KEY, f.productOfHeads(adjoints(f).ga, s.q));
        }
        if (f.isTrainable(VALUE)) {
            f.addToSink(VALUE, f.productOfHeads(s.u, f.adjoint()));
        }
        if (f.isTrainable(VALUE_BIAS)) {
            f.addToSink(VALUE_BIAS, f.sumOfRows(f.adjoint()));
        }
    }

    @Override
    public void backward(Frame f, List<Frame> along) {
        Adjoints g = adjoints(f);
        send(f, g);
        along.forEach(direction -> sendTangents(direction, g));
    }

    private void sendTangents(Frame f, Adjoints g) {
        Kernels k = f.kernels();
        State s = f.saved(State.class);
        Tangents t = f.savedTangent(Tangents.class);
        INDArray x = f.input(STATES);
        INDArray dx = f.inputTangent(STATES);
        INDArray dg = f.adjointTangent();
        INDArray dgu = byHeads(k, dg, f.parameter(VALUE));
        INDArray dValue = f.parameterTangent(VALUE);
        if (dValue != null) {
            k.addTo(dgu, byHeads(k, f.adjoint(), dValue), 1);
        }
        INDArray dgWeights = timesTransposed(k, dgu, x);
        if (dx != null) {
            addTimesTransposed(k, dgWeights, g.gu, dx);
        }
        INDArray dgScores = s.weights.productTangent(t.dScores, t.dWeights, g.gWeights, dgWeights);
        INDArray dga = times(k, dgScores, x);
        if (dx != null) {
            addTimes(k, dga, g.gScores, dx);
        }
        if (f.isActive(QUERY)) {
            INDArray dgq = together(k, dga, f.parameter(KEY));
            INDArray dKey = f.parameterTangent(KEY);
            if (dKey != null) {
                k.addTo(dgq, together(k, g.ga, dKey), 1);
            }
            f.addAdjointTangent(QUERY, scaled(f, dgq));
        }
        if (f.isActive(STATES)) {
            INDArray dgx = transposedTimes(k, t.dWeights, g.gu);
            addTransposedTimes(k, dgx, s.weights.value(), dgu);
            addTransposedTimes(k, dgx, dgScores, s.a);
            addTransposedTimes(k, dgx, g.gScores, t.da);
            f.addAdjointTangent(STATES, dgx);
        }
        if (f.isTrainable(KEY)) {
            f.addToSink(KEY, f.productOfHeads(dga, s.q, g.ga, t.dq));
        }
        if (f.isTrainable(VALUE)) {
            f.addToSink(VALUE, f.productOfHeads(t.du, f.adjoint(), s.u, dg));
        }
        if (f.isTrainable(VALUE_BIAS)) {
            f.addToSink(VALUE_BIAS, f.sumOfRows(dg));
        }
    }

    /** For each head its columns of rows x [n, h] times those of w [c, h], transposed: [n, heads, c]. */
    private INDArray byHeads(Kernels k, INDArray x, INDArray w) {
        INDArray y = k.array(x.size(0), heads, w.size(0));
        k.setProduct(
                Factor.ofRowsOfHeads(y),
                0,
                1,
                Factor.ofHeads(x, heads),
                Factor.ofHeads(w, heads).transpose());
        return y;
    }

    /** For each head its rows of y [n, heads, c] times its columns of w [c, h], side by side: [n, h]. */
    private INDArray together(Kernels k, INDArray y, INDArray w) {
        INDArray x = k.array(y.size(0), w.size(1));
        k.setProduct(Factor.ofHeads(x, heads), 0, 1, Factor.ofRowsOfHeads(y), Factor.ofHeads(w, heads));
        return x;
    }

    private static INDArray times(Kernels k, INDArray a, INDArray b) {
        return k.product(Factor.of(a), Factor.of(b));
    }

    private static void addTimes(Kernels k, INDArray sum, INDArray a, INDArray b) {
        k.setProduct(Factor.of(sum), 1, 1, Factor.of(a), Factor.of(b));
    }

    private static INDArray timesTransposed(Kernels k, INDArray a, INDArray b) {
        return k.product(Factor.of(a), Factor.of(b).transpose());
    }

    private static void addTimesTransposed(Kernels k, INDArray sum, INDArray a, INDArray b) {
        k.setProduct(Factor.of(sum), 1, 1, Factor.of(a), Factor.of(b).transpose());
    }

    private static INDArray transposedTimes(Kernels k, INDArray a, INDArray b) {
        return k.product(Factor.of(a).transpose(), Factor.of(b));
    }

    private static void addTransposedTimes(Kernels k, INDArray sum, INDArray a, INDArray b) {
        k.setProduct(Factor.of(sum), 1, 1, Factor.of(a).transpose(), Factor.of(b));
    }

    /** A copy over the square root of d. */
    private INDArray scaled(Frame f, INDArray queries) {
        return f.kernels().scaled(queries, 1 / Math.sqrt((double) queries.size(1) / heads));
    }

    private void requireShapes(Frame f) {
        INDArray q = f.input(QUERY);
        INDArray x = f.input(STATES);
        INDArray mask = f.input(MASK);
        Check.argument(
                q.rank() == 2 && x.rank() == 3 && q.size(0) == x.size(0) && q.size(1) % heads == 0,
                "queries have shape %s and states %s: attention of one query with %d heads needs [n, h] and [n, t, c], with"
                        + " h a multiple of it",
                Arrays.toString(q.shape()),
                Arrays.toString(x.shape()),
                heads);
        Check.argument(
                q.size(1) == f.parameter(KEY).size(1)
                        && x.size(2) == f.parameter(KEY).size(0)
                        && x.size(2) == f.parameter(VALUE).size(0),
                "queries have shape %s and states %s, but parameter '%s' has %s: does the batch fit the model?",
                Arrays.toString(q.shape()),
                Arrays.toString(x.shape()),
                f.parameterName(KEY),
                Arrays.toString(f.parameter(KEY).shape()));
        Check.argument(
                mask.rank() == 2 && mask.size(0) == x.size(0) && mask.size(1) == x.size(1),
                "the mask has shape %s: it must be [%d, %d], one number for each token",
                Arrays.toString(mask.shape()),
                x.size(0),
                x.size(1));
    }
}
