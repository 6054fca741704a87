package dev.fastif.hvp.autodiff;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Matrix products of each head of attention, all of them used where they lie: a head has its columns of h, or a matrix of its
 * own in an array [..., heads, ...].
 */
final class HeadProduct {
    private HeadProduct() {}

    /** {@code y = x w^T}: rows y [n, heads, c] and x [n, h], and a matrix w [c, h]. */
    static void rows(INDArray y, INDArray x, INDArray w) {
        Sizes s = Sizes.of(y, w);
        new Product(s.heads, s.n, s.c, s.d, s.columns(x), false, s.matrix(w), true, 0, 1, s.rows(y)).compute(y, x, w);
    }

    /** {@code x = y w}, of what {@link #rows} takes. */
    static void columns(INDArray x, INDArray y, INDArray w) {
        Sizes s = Sizes.of(y, w);
        new Product(s.heads, s.n, s.d, s.c, s.rows(y), false, s.matrix(w), false, 0, 1, s.columns(x)).compute(y, x, w);
    }

    /** {@code w = keep * w + factor * y^T x}, of what {@link #rows} takes. */
    static void matrix(INDArray w, float keep, float factor, INDArray y, INDArray x) {
        Sizes s = Sizes.of(y, w);
        new Product(s.heads, s.c, s.d, s.n, s.rows(y), true, s.columns(x), false, keep, factor, s.matrix(w))
                .compute(y, x, w);
    }

    private record Sizes(int n, int heads, int c, int d) {
        static Sizes of(INDArray y, INDArray w) {
            int heads = (int) y.size(1);
            return new Sizes((int) y.size(0), heads, (int) y.size(2), (int) w.size(1) / heads);
        }

        Matrices rows(INDArray y) {
            return Matrices.ofHeads(Loops.source(y), n, heads * c, heads);
        }

        Matrices columns(INDArray x) {
            return Matrices.ofHeads(Loops.source(x), n, heads * d, heads);
        }

        Matrices matrix(INDArray w) {
            return Matrices.ofHeads(Loops.source(w), c, heads * d, heads);
        }
    }

    /** {@code scores = keep * scores + factor * a b^T}: scores [n, heads, r, t], sequences a [n, r, h] and b [n, t, h]. */
    static void scores(INDArray scores, float keep, float factor, INDArray a, INDArray b) {
        OfSequences s = OfSequences.of(scores, a);
        new Product(
                        s.count,
                        s.r,
                        s.t,
                        s.d(),
                        s.heads(a, s.r),
                        false,
                        s.heads(b, s.t),
                        true,
                        keep,
                        factor,
                        s.weights(scores))
                .compute(scores, a, b);
    }

    /** {@code a = keep * a + factor * weights b}, of what {@link #scores} takes. */
    static void means(INDArray a, float keep, float factor, INDArray weights, INDArray b) {
        OfSequences s = OfSequences.of(weights, a);
        new Product(
                        s.count,
                        s.r,
                        s.d(),
                        s.t,
                        s.weights(weights),
                        false,
                        s.heads(b, s.t),
                        false,
                        keep,
                        factor,
                        s.heads(a, s.r))
                .compute(weights, a, b);
    }

    /** {@code b = keep * b + factor * weights^T a}, of what {@link #scores} takes. */
    static void shares(INDArray b, float keep, float factor, INDArray weights, INDArray a) {
        OfSequences s = OfSequences.of(weights, a);
        new Product(
                        s.count,
                        s.t,
                        s.d(),
                        s.r,
                        s.weights(weights),
                        true,
                        s.heads(a, s.r),
                        false,
                        keep,
                        factor,
                        s.heads(b, s.t))
                .compute(weights, a, b);
    }

    private record OfSequences(int count, int heads, int r, int t, int h) {
        static OfSequences of(INDArray weights, INDArray a) {
            int heads = (int) weights.size(1);
            return new OfSequences(
                    (int) weights.size(0) * heads, heads, (int) weights.size(2), (int) weights.size(3), (int)
                            a.size(2));
        }

        int d() {
            return h / heads;
        }

        Matrices weights(INDArray weights) {
            return Matrices.dense(Loops.source(weights), r, t);
        }

        Matrices heads(INDArray sequences, int length) {
            return Matrices.ofHeads(Loops.source(sequences), length, h, heads);
        }
    }
}
