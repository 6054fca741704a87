package dev.fastif.hvp.autodiff;

import dev.fastif.core.internal.Check;
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
        INDArray a = k.headsNT(q, f.parameter(KEY), heads);
        INDArray scores = k.matmulNT(a, x);
        k.addMask(scores, f.input(MASK), Attention.MASKED);
        SymmetricPoint weights = k.softmax(scores);
        INDArray u = k.matmul(weights.value(), x);
        f.save(new State(q, a, weights, u));
        INDArray y = k.heads(u, f.parameter(VALUE));
        k.addRow(y, f.parameter(VALUE_BIAS));
        return y;
    }

    private INDArray tangent(Frame f) {
        Kernels k = f.kernels();
        State s = f.saved(State.class);
        INDArray x = f.input(STATES);
        INDArray dx = f.inputTangent(STATES);
        INDArray dQuery = f.inputTangent(QUERY);
        INDArray dq = dQuery == null ? k.zeros(s.q.dataType(), s.q.shape()) : scaled(f, dQuery);
        INDArray da = k.headsNT(dq, f.parameter(KEY), heads);
        INDArray dKey = f.parameterTangent(KEY);
        if (dKey != null) {
            k.add(da, k.headsNT(s.q, dKey, heads), 1);
        }
        INDArray dScores = k.matmulNT(da, x);
        if (dx != null) {
            k.addMatmulNT(dScores, s.a, dx);
        }
        INDArray dWeights = s.weights.product(dScores);
        INDArray du = k.matmul(dWeights, x);
        if (dx != null) {
            k.addMatmul(du, s.weights.value(), dx);
        }
        f.saveTangent(new Tangents(dq, da, dScores, dWeights, du));
        INDArray dy = k.heads(du, f.parameter(VALUE));
        INDArray dValue = f.parameterTangent(VALUE);
        if (dValue != null) {
            k.add(dy, k.heads(s.u, dValue), 1);
        }
        INDArray dBias = f.parameterTangent(VALUE_BIAS);
        if (dBias != null) {
            k.addRow(dy, dBias);
        }
        return dy;
    }

    /** Adjoints of weighted means, weights, scores and of {@code a}. */
    private record Adjoints(INDArray gu, INDArray gWeights, INDArray gScores, INDArray ga) {}

    private Adjoints adjoints(Frame f) {
        Kernels k = f.kernels();
        INDArray x = f.input(STATES);
        INDArray gu = k.headsNT(f.adjoint(), f.parameter(VALUE), heads);
        INDArray gWeights = k.matmulNT(gu, x);
        INDArray gScores = f.saved(State.class).weights.product(gWeights);
        return new Adjoints(gu, gWeights, gScores, k.matmul(gScores, x));
    }

    @Override
    public void adjoint(Frame f) {
        send(f, adjoints(f));
    }

    private void send(Frame f, Adjoints g) {
        Kernels k = f.kernels();
        State s = f.saved(State.class);
        if (f.isActive(QUERY)) {
            f.addAdjoint(QUERY, scaled(f, k.heads(g.ga, f.parameter(KEY))));
        }
        if (f.isActive(STATES)) {
            INDArray gx = k.matmulTN(s.weights.value(), g.gu);
            k.addMatmulTN(gx, g.gScores, s.a);
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
        INDArray dgu = k.headsNT(dg, f.parameter(VALUE), heads);
        INDArray dValue = f.parameterTangent(VALUE);
        if (dValue != null) {
            k.add(dgu, k.headsNT(f.adjoint(), dValue, heads), 1);
        }
        INDArray dgWeights = k.matmulNT(dgu, x);
        if (dx != null) {
            k.addMatmulNT(dgWeights, g.gu, dx);
        }
        INDArray dgScores = s.weights.productTangent(t.dScores, t.dWeights, g.gWeights, dgWeights);
        INDArray dga = k.matmul(dgScores, x);
        if (dx != null) {
            k.addMatmul(dga, g.gScores, dx);
        }
        if (f.isActive(QUERY)) {
            INDArray dgq = k.heads(dga, f.parameter(KEY));
            INDArray dKey = f.parameterTangent(KEY);
            if (dKey != null) {
                k.add(dgq, k.heads(g.ga, dKey), 1);
            }
            f.addAdjointTangent(QUERY, scaled(f, dgq));
        }
        if (f.isActive(STATES)) {
            INDArray dgx = k.matmulTN(t.dWeights, g.gu);
            k.addMatmulTN(dgx, s.weights.value(), dgu);
            k.addMatmulTN(dgx, dgScores, s.a);
            k.addMatmulTN(dgx, g.gScores, t.da);
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

    @Override
    public boolean isByKernels() {
        return true;
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
