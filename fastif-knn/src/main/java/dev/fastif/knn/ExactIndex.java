package dev.fastif.knn;

import dev.fastif.core.CandidateIndex;
import dev.fastif.core.Candidates;
import dev.fastif.core.internal.Check;
import dev.fastif.core.internal.Layout;
import dev.fastif.knn.internal.NearestHeap;
import dev.fastif.knn.internal.SearchArguments;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Exact nearest neighbours by squared L2 distance: matrix products over blocks of the features, then a bounded heap.
 *
 * <p>The products find slightly more neighbours than asked for; their distances are then computed again in double
 * precision as sums of squared differences. A bound on the rounding of the products tells whether a neighbour may have
 * been missed (large common offsets, hundreds of equal distances, extreme numbers): that query is then answered by
 * comparing it with every example in double precision. Ties are broken by id. Thread-safe.
 */
public final class ExactIndex implements CandidateIndex {
    /** Rows of features in one product: their dot products with the queries stay in the processor's cache. */
    private static final int BLOCK = 8192;

    /** Queries in one product. */
    private static final int QUERIES = 32;

    /** Neighbours found beyond those asked for, among which exact distances decide. */
    private static final int MARGIN = 64;

    /** Numbers that are compared at a time where every example is. */
    private static final int BLOCK_NUMBERS = 1 << 20;

    private final int size;
    private final int dimension;
    private final Centre centre;
    private volatile @Nullable Points points;

    private ExactIndex(INDArray features, Points points) {
        this.size = Math.toIntExact(features.size(0));
        this.dimension = Math.toIntExact(features.size(1));
        this.points = points;
        this.centre = Centre.of(features);
    }

    /**
     * Returns the index of these features.
     *
     * @param features [N, d], FLOAT or DOUBLE, finite; kept, not copied, if it is dense, in C order and in no workspace
     */
    public static ExactIndex of(INDArray features) {
        return of(features, Points::of);
    }

    static ExactIndex of(INDArray features, Function<INDArray, Points> access) {
        Check.readable("features", features);
        Check.argument(
                features.rank() == 2
                        && !features.isEmpty()
                        && (features.dataType() == DataType.FLOAT || features.dataType() == DataType.DOUBLE),
                "features are %s of shape %s: they must be real numbers (FLOAT or DOUBLE) [N, d] with N and d at least 1",
                features.dataType(),
                Arrays.toString(features.shape()));
        Check.finite("features", features);
        INDArray dense = Layout.rows(features);
        return new ExactIndex(dense, access.apply(dense));
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
        Points open = points;
        if (open == null) {
            throw new IllegalStateException("the index is closed: build another one to search again");
        }
        SearchArguments.check(this, queries, k);
        Check.finite("queries", queries);
        double[] flat = elements(queries);
        double[][] rows = IntStream.range(0, Math.toIntExact(queries.size(0)))
                .mapToObj(i -> Arrays.copyOfRange(flat, i * dimension, (i + 1) * dimension))
                .toArray(double[][]::new);
        List<Candidates> found = new ArrayList<>();
        for (int start = 0; start < rows.length; start += QUERIES) {
            int end = Math.min(rows.length, start + QUERIES);
            found.addAll(searchBlock(open, k, Arrays.copyOfRange(rows, start, end)));
        }
        return found;
    }

    private List<Candidates> searchBlock(Points points, int k, double[]... queries) {
        List<Centre.Query> centred = Arrays.stream(queries).map(centre::query).toList();
        int kept = (int) Math.min(size, (long) k + MARGIN);
        List<NearestHeap> heaps =
                centred.stream().map(query -> new NearestHeap(kept)).toList();
        double[] block = new double[queries.length * Math.min(size, BLOCK)];
        try (Points.Products products =
                points.productsWith(centred.stream().map(Centre.Query::centred).toArray(double[][]::new))) {
            for (int start = 0; start < size; start += BLOCK) {
                int end = Math.min(size, start + BLOCK);
                products.compute(start, end, block);
                for (int i = 0; i < heaps.size(); i++) {
                    offer(heaps.get(i), start, end, i * (end - start), block);
                }
            }
        }
        return IntStream.range(0, heaps.size())
                .mapToObj(i -> nearest(points, queries[i], centred.get(i), k, heaps.get(i)))
                .toList();
    }

    private void offer(NearestHeap heap, int start, int end, int offset, double... products) {
        for (int id = start; id < end; id++) {
            heap.offer(id, centre.key(id, products[offset + id - start]));
        }
    }

    /** The k nearest of what the products found, or of all if those may have missed one. */
    private Candidates nearest(Points points, double[] query, Centre.Query centred, int k, NearestHeap found) {
        NearestHeap nearest = new NearestHeap(k);
        int[] ids = found.ids();
        double[] row = new double[dimension];
        for (int id : ids) {
            points.read(id, 1, row);
            nearest.offer(id, squaredDistance(query, row, 0));
        }
        if (ids.length == size || centred.isBeyond(found.farthest(), nearest.farthest())) {
            return nearest.sorted();
        }
        return nearestOfAll(points, k, query);
    }

    private Candidates nearestOfAll(Points points, int k, double... query) {
        NearestHeap nearest = new NearestHeap(k);
        int block = Math.max(1, Math.min(size, BLOCK_NUMBERS / dimension));
        double[] rows = new double[block * dimension];
        for (int start = 0; start < size; start += block) {
            int count = Math.min(block, size - start);
            points.read(start, count, rows);
            for (int i = 0; i < count; i++) {
                nearest.offer(start + i, squaredDistance(query, rows, i));
            }
        }
        return nearest.sorted();
    }

    private static double squaredDistance(double[] query, double[] rows, int row) {
        double sum = 0;
        int start = row * query.length;
        for (int i = 0; i < query.length; i++) {
            double difference = query[i] - rows[start + i];
            sum += difference * difference;
        }
        return sum;
    }

    /** The elements of a matrix of any type, row by row. */
    private static double[] elements(INDArray matrix) {
        return matrix.castTo(DataType.DOUBLE)
                .dup('c')
                .reshape('c', new long[] {matrix.length()})
                .toDoubleVector();
    }

    /** Lets go of the features; searching throws afterwards. */
    @Override
    public void close() {
        points = null;
    }
}
