package dev.fastif.hvp.autodiff;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemm;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemv;

import java.lang.ref.Reference;
import java.util.List;
import java.util.function.IntConsumer;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * For each head of attention {@code y = x w^T}, seen from any of its sides: rows y [n, heads, c], the head's columns of a matrix w
 * [c, h] and of rows x [n, h]. All three are used where they lie. Heads are shared by the team of the pass.
 */
record HeadProduct(int n, int heads, int c, int h, INDArray y, INDArray w, INDArray x) {
    static HeadProduct of(INDArray y, INDArray w, INDArray x) {
        return new HeadProduct((int) y.size(0), (int) y.size(1), (int) w.size(0), (int) w.size(1), y, w, x);
    }

    private int d() {
        return h / heads;
    }

    /** {@code y = x w^T}. */
    void rows() {
        FloatPointer py = Loops.target(y);
        FloatPointer pw = Loops.pointer(w);
        FloatPointer px = Loops.pointer(x);
        share(head -> {
            FloatPointer to = Loops.at(py, (long) head * c);
            FloatPointer matrix = Loops.at(pw, (long) head * d());
            FloatPointer from = Loops.at(px, (long) head * d());
            if (n == 1) {
                cblas_sgemv(CblasRowMajor, CblasNoTrans, c, d(), 1, matrix, h, from, 1, 0, to, 1);
            } else {
                cblas_sgemm(
                        CblasRowMajor, CblasNoTrans, CblasTrans, n, c, d(), 1, from, h, matrix, h, 0, to, heads * c);
            }
        });
    }

    /** {@code x = y w}. */
    void columns() {
        FloatPointer py = Loops.pointer(y);
        FloatPointer pw = Loops.pointer(w);
        FloatPointer px = Loops.target(x);
        share(head -> {
            FloatPointer from = Loops.at(py, (long) head * c);
            FloatPointer matrix = Loops.at(pw, (long) head * d());
            FloatPointer to = Loops.at(px, (long) head * d());
            if (n == 1) {
                cblas_sgemv(CblasRowMajor, CblasTrans, c, d(), 1, matrix, h, from, 1, 0, to, 1);
            } else {
                cblas_sgemm(
                        CblasRowMajor, CblasNoTrans, CblasNoTrans, n, d(), c, 1, from, heads * c, matrix, h, 0, to, h);
            }
        });
    }

    /** {@code w = keep * w + factor * y^T x}. */
    void matrix(float keep, float factor) {
        FloatPointer py = Loops.pointer(y);
        FloatPointer pw = Loops.target(w);
        FloatPointer px = Loops.pointer(x);
        share(head -> cblas_sgemm(
                CblasRowMajor,
                CblasTrans,
                CblasNoTrans,
                c,
                d(),
                n,
                factor,
                Loops.at(py, (long) head * c),
                heads * c,
                Loops.at(px, (long) head * d()),
                h,
                keep,
                Loops.at(pw, (long) head * d()),
                h));
    }

    private void share(IntConsumer work) {
        try {
            Team.current().share(heads, work);
        } finally {
            Reference.reachabilityFence(List.of(y, w, x));
        }
    }
}
