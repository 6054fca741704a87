package dev.fastif.knn;

import dev.fastif.core.CandidateIndex;
import dev.fastif.core.Candidates;
import dev.fastif.core.internal.Check;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Exact nearest neighbours by squared L2 distance: matrix products over blocks of the features, then a bounded heap.
 *
 * <p>The products find slightly more neighbours than asked for; their distances are then computed again in double
 * precision as sums of squared differences, so that rounding does not change the order. Ties are broken by id.
 * Thread-safe.
 */
public final class ExactIndex implements CandidateIndex {
    /** Rows of features in one product: their dot products with the queries stay in the processor's cache. */
    private static final int BLOCK = 8192;

    /** Queries in one product. */
    private static final int QUERIES = 32;

    /** Neighbours found beyond those asked for, among which exact distances decide. */
    private static final int MARGIN = 64;

    private final int size;
    private final int dimension;
    private final double[] squaredNorms;
    private volatile @Nullable INDArray features;

    private ExactIndex(INDArray features) {
        this.size = Math.toIntExact(features.size(0));
        this.dimension = Math.toIntExact(features.size(1));
        this.features = features;
        this.squaredNorms = squaredNorms(features);
    }

    /**
     * Returns the index of these features.
     *
     * @param features [N, d], FLOAT or DOUBLE, finite; kept, not copied, if it is dense and in C order
     */
    public static ExactIndex of(INDArray features) {
        Check.argument(
                features.rank() == 2
                        && !features.isEmpty()
                        && features.dataType().isFPType(),
                "features are %s of shape %s: they must be real numbers [N, d] with N and d at least 1",
                features.dataType(),
                Arrays.toString(features.shape()));
        Check.finite("features", features);
        return new ExactIndex(features.ordering() == 'c' && !features.isView() ? features : features.dup('c'));
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public int dimension() {
        return dimension;
    }

    @Override
    public List<Candidates> search(INDArray queries, int k) {
        INDArray points = features;
        if (points == null) {
            throw new IllegalStateException("the index is closed: build another one to search again");
        }
        Check.positive("k", k);
        Check.argument(k <= size, "k is %d but the index has %d examples: ask for at most that many", k, size);
        Check.argument(
                queries.rank() == 2 && queries.size(1) == dimension,
                "queries have shape %s: they must be [q, %d]",
                Arrays.toString(queries.shape()),
                dimension);
        INDArray typed =
                Check.finite("queries", queries).castTo(points.dataType()).dup('c');
        List<Candidates> found = new ArrayList<>();
        for (long start = 0; start < typed.size(0); start += QUERIES) {
            long end = Math.min(typed.size(0), start + QUERIES);
            found.addAll(searchBlock(points, typed.get(NDArrayIndex.interval(start, end), NDArrayIndex.all()), k));
        }
        return found;
    }

    private List<Candidates> searchBlock(INDArray points, INDArray queries, int k) {
        int count = Math.toIntExact(queries.size(0));
        int kept = (int) Math.min(size, (long) k + MARGIN);
        List<NearestHeap> heaps =
                IntStream.range(0, count).mapToObj(i -> new NearestHeap(kept)).toList();
        for (int start = 0; start < size; start += BLOCK) {
            int end = Math.min(size, start + BLOCK);
            INDArray block = points.get(NDArrayIndex.interval(start, end), NDArrayIndex.all());
            INDArray products = productsOf(queries, block);
            for (int i = 0; i < count; i++) {
                // |q|^2 is the same for all and left out
                double[] row = products.getRow(i).toDoubleVector();
                NearestHeap heap = heaps.get(i);
                for (int j = 0; j < row.length; j++) {
                    heap.offer(start + j, squaredNorms[start + j] - 2 * row[j]);
                }
            }
        }
        return IntStream.range(0, count)
                .mapToObj(i -> nearest(
                        points,
                        queries.getRow(i).toDoubleVector(),
                        k,
                        heaps.get(i).ids()))
                .toList();
    }

    /** [q, b] dot products of queries [q, d] with a block [b, d]. */
    private static INDArray productsOf(INDArray queries, INDArray block) {
        INDArray products =
                Nd4j.createUninitialized(block.dataType(), new long[] {queries.size(0), block.size(0)}, 'c');
        Nd4j.exec(DynamicCustomOp.builder("matmul")
                .addInputs(queries, block)
                .addOutputs(products)
                .addIntegerArguments(0, 1, 0)
                .build());
        return products;
    }

    private record Neighbour(int id, double squaredDistance) {}

    private static Candidates nearest(INDArray points, double[] query, int k, int... ids) {
        List<Neighbour> nearest = Arrays.stream(ids)
                .mapToObj(id -> new Neighbour(
                        id, squaredDistance(query, points.getRow(id).toDoubleVector())))
                .sorted(Comparator.comparingDouble(Neighbour::squaredDistance).thenComparingInt(Neighbour::id))
                .limit(k)
                .toList();
        return Candidates.of(
                nearest.stream().mapToInt(Neighbour::id).toArray(),
                nearest.stream().mapToDouble(Neighbour::squaredDistance).toArray());
    }

    private static double squaredDistance(double[] a, double... b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        }
        return sum;
    }

    private static double[] squaredNorms(INDArray features) {
        int size = Math.toIntExact(features.size(0));
        double[] norms = new double[size];
        for (int start = 0; start < size; start += BLOCK) {
            INDArray block =
                    features.get(NDArrayIndex.interval(start, Math.min(size, start + BLOCK)), NDArrayIndex.all());
            double[] part = block.mul(block).sum(1).toDoubleVector();
            System.arraycopy(part, 0, norms, start, part.length);
        }
        return norms;
    }

    /** Lets go of the features; searching throws afterwards. */
    @Override
    public void close() {
        features = null;
    }
}
