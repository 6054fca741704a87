package dev.fastif.hvp.autodiff;

import dev.fastif.hvp.autodiff.Term.Outer;
import dev.fastif.hvp.autodiff.kernels.Factor;
import dev.fastif.hvp.autodiff.kernels.Kernels;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** The terms that know which example has which part of them. */
final class Terms {
    private Terms() {}

    /** a^T b, of rows a [..., a] and b [..., b]. */
    record Product(Kernels kernels, INDArray a, INDArray b) implements Term {
        @Override
        public void addTo(INDArray out, double keep, double factor) {
            kernels.setProduct(Factor.of(out), keep, factor, Factor.of(a).transpose(), Factor.of(b));
        }

        @Override
        public @Nullable Outer ofExamples(int examples) {
            INDArray x = rowsOf(examples, a);
            INDArray g = rowsOf(examples, b);
            return x == null || g == null ? null : new Outer(x, g);
        }
    }

    /** The sum of rows [..., c]: as a matrix, a single row. */
    record RowSum(Kernels kernels, INDArray rows) implements Term {
        @Override
        public void addTo(INDArray out, double keep, double factor) {
            kernels.setSumOfRows(out, keep, factor, rows);
        }

        // One term for each example however many rows it has, since they all have the factor 1.
        @Override
        public @Nullable Outer ofExamples(int examples) {
            INDArray g = rowsOf(examples, rows);
            if (g == null) {
                return null;
            }
            INDArray ones = kernels.array(examples, g.size(1), 1);
            ones.assign(1);
            INDArray sum = kernels.product(Factor.of(ones).transpose(), Factor.of(g));
            return new Outer(kernels.array(examples, 1, 1).assign(1), sum);
        }
    }

    /** For each head y^T x, of y [n, heads, c] and its columns of x [n, h]: its columns of [c, h]. */
    record HeadProduct(Kernels kernels, INDArray y, INDArray x) implements Term {
        @Override
        public void addTo(INDArray out, double keep, double factor) {
            int heads = (int) y.size(1);
            Factor byHeads = Factor.ofRowsOfHeads(y).transpose();
            kernels.setProduct(Factor.ofHeads(out, heads), keep, factor, byHeads, Factor.ofHeads(x, heads));
        }

        // A term for each head, whose x is zero outside of its columns.
        @Override
        public @Nullable Outer ofExamples(int examples) {
            if (y.size(0) != examples) {
                return null;
            }
            long heads = y.size(1);
            long width = x.size(1) / heads;
            INDArray g = kernels.zeros(examples, heads, x.size(1));
            for (long head = 0; head < heads; head++) {
                var columns = NDArrayIndex.interval(head * width, (head + 1) * width);
                g.get(NDArrayIndex.all(), NDArrayIndex.point(head), columns).assign(x.get(NDArrayIndex.all(), columns));
            }
            return new Outer(y, g);
        }
    }

    /** Rows [..., c] as those of n examples, [n, t, c]; null if they may lie in another order. */
    private static @Nullable INDArray rowsOf(int examples, INDArray rows) {
        boolean known = examples == 1 || (rows.rank() > 1 && rows.size(0) == examples);
        return known ? rows.reshape('c', examples, -1, rows.size(-1)) : null;
    }
}
