package dev.fastif.benchmarks;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemm;

import dev.fastif.core.Batch;
import dev.fastif.core.CurvatureMatrix;
import dev.fastif.core.Iteration;
import dev.fastif.core.Recurrence;
import dev.fastif.hvp.autodiff.GraphModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Times one Hessian-vector product on a random classifier of MiniLM's shape, and, in turn, bare calls of BLAS that multiply
 * matrices of the same shapes, each of its own memory: {@code GemmBenchmark [tokens [batch size ...]]}. Attention's products
 * are not among them: they are small.
 */
public final class GemmBenchmark {
    private static final int RUNS = 41;
    private static final int WARM_UP = 60;
    private static final int H = MiniLmShape.HIDDEN;
    private static final int F = MiniLmShape.INTERMEDIATE;

    /** {@code z [m, n] = x y}, x or y transposed. */
    private record Gemm(int m, int n, int k, boolean transposeX, boolean transposeY) {
        double flops() {
            return 2.0 * m * n * k;
        }
    }

    private record Operands(Gemm gemm, FloatPointer x, FloatPointer y, FloatPointer z) {
        static Operands of(Gemm gemm) {
            return new Operands(
                    gemm, room((long) gemm.m * gemm.k), room((long) gemm.k * gemm.n), room((long) gemm.m * gemm.n));
        }

        private static FloatPointer room(long length) {
            FloatPointer room = new FloatPointer(length);
            for (long i = 0; i < length; i++) {
                room.put(i, (float) Math.sin((double) i));
            }
            return room;
        }

        void multiply() {
            cblas_sgemm(
                    CblasRowMajor,
                    gemm.transposeX ? CblasTrans : CblasNoTrans,
                    gemm.transposeY ? CblasTrans : CblasNoTrans,
                    gemm.m,
                    gemm.n,
                    gemm.k,
                    1,
                    x,
                    gemm.transposeX ? gemm.m : gemm.k,
                    y,
                    gemm.transposeY ? gemm.k : gemm.n,
                    0,
                    z,
                    gemm.n);
        }
    }

    private GemmBenchmark() {}

    /** Prints a line for each batch size. */
    public static void main(String... arguments) {
        int tokens = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 40;
        int[] sizes = arguments.length > 1
                ? Arrays.stream(arguments).skip(1).mapToInt(Integer::parseInt).toArray()
                : new int[] {1, 16};
        MiniLmShape shape = new MiniLmShape();
        GraphModel model = shape.model();
        for (int size : sizes) {
            Batch batch = shape.batch(size, tokens);
            INDArray start = model.parameterValues();
            INDArray v = start.dup();
            List<Operands> gemms =
                    gemms(size, tokens).stream().map(Operands::of).toList();
            double flops = gemms.stream().mapToDouble(o -> o.gemm.flops()).sum();
            double[] product = new double[RUNS];
            double[] bare = new double[RUNS];
            for (int run = -WARM_UP; run < RUNS; run++) {
                double ofProduct;
                try (Iteration<Batch> iteration = model.iteration(
                        CurvatureMatrix.HESSIAN, new Recurrence(List.of(v), 0.995, -1e-4, List.of(start)))) {
                    ofProduct = milliseconds(() -> iteration.step(batch));
                }
                double ofGemms = milliseconds(() -> gemms.forEach(Operands::multiply));
                if (run >= 0) {
                    product[run] = ofProduct;
                    bare[run] = ofGemms;
                }
            }
            System.out.printf(
                    Locale.ROOT,
                    "batch %d x %d tokens: product %.2f ms; its %d matrix products alone %.2f ms (%.2f GFLOP, %.0f GFLOP/s);"
                            + " ratio %.2f%n",
                    size,
                    tokens,
                    median(product),
                    gemms.size(),
                    median(bare),
                    flops * 1e-9,
                    flops / median(bare) * 1e-6,
                    median(product) / median(bare));
        }
    }

    /** The products of two layers, the lower with constant input, the upper for the first token only. */
    private static List<Gemm> gemms(int size, int tokens) {
        int rows = size * tokens;
        List<Gemm> gemms = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            addLowest(gemms, rows, H, H);
        }
        addTransformed(gemms, rows);
        add(gemms, size, H, H); // keys, head by head
        add(gemms, size, H, H); // values
        add(gemms, size, H, H); // queries
        addTransformed(gemms, size);
        add(gemms, size, H, H); // pooler
        add(gemms, size, H, MiniLmShape.CLASSES);
        return gemms;
    }

    private static void addTransformed(List<Gemm> gemms, int rows) {
        add(gemms, rows, H, H);
        add(gemms, rows, H, F);
        add(gemms, rows, F, H);
    }

    /** [x; dx] W and x dW; [dg; g] W^T and g dW^T; [x; dx]^T [dg; g]. */
    private static void add(List<Gemm> gemms, int rows, int in, int out) {
        gemms.add(new Gemm(2 * rows, out, in, false, false));
        gemms.add(new Gemm(rows, out, in, false, false));
        gemms.add(new Gemm(2 * rows, in, out, false, true));
        gemms.add(new Gemm(rows, in, out, false, true));
        gemms.add(new Gemm(in, out, 2 * rows, true, false));
    }

    /** x W and x dW; x^T dg. */
    private static void addLowest(List<Gemm> gemms, int rows, int in, int out) {
        gemms.add(new Gemm(rows, out, in, false, false));
        gemms.add(new Gemm(rows, out, in, false, false));
        gemms.add(new Gemm(in, out, rows, true, false));
    }

    private static double milliseconds(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) * 1e-6;
    }

    private static double median(double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
