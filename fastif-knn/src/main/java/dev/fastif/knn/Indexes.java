package dev.fastif.knn;

import dev.fastif.core.CandidateIndex;
import dev.fastif.core.internal.Check;
import dev.fastif.knn.faiss.FaissIndex;
import java.util.Random;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chooses an index, and audits one. */
public final class Indexes {
    private static final Logger log = LoggerFactory.getLogger(Indexes.class);

    /** Numbers that an exact search reads in about a tenth of a second: 2 GiB of floats. */
    private static final long READ_AT_ONCE = 1L << 29;

    /** Queries of an audit: the standard error of the mean recall is then below 0.05, in practice below 0.01. */
    private static final int AUDITED = 100;

    private Indexes() {}

    /**
     * Chooses the index for n examples of dimension d.
     *
     * <ul>
     *   <li>Up to 2^29 numbers (700,000 x 768), or without FAISS: {@link ExactIndex}. It reads all features once a query,
     *       at the speed of the memory: about a tenth of a second for the largest, less than one Hessian-vector product
     *       of the models whose features these are. Nothing is missed and nothing is built.
     *   <li>Above: {@code IVF}, with 4 to 8 sqrt(n) lists of which a quarter is probed. It reads a quarter as much; how
     *       much it misses depends on the features, so audit it by {@link #recallAt}.
     * </ul>
     *
     * <p>{@code HNSW} is never chosen: it is made for the ten nearest of many queries. For a thousand its search visits
     * thousands of scattered vectors; its graph is built by one thread if it is to be the same every time, and takes
     * memory beside the vectors. It remains one {@link FaissIndex.Builder#factory} away.
     *
     * @throws IllegalArgumentException if n or d is less than 1
     */
    public static CandidateIndex.Builder forSize(int n, int d) {
        Check.positive("n", n);
        Check.positive("d", d);
        if ((long) n * d <= READ_AT_ONCE) {
            return ExactIndex::of;
        }
        if (!FaissIndex.isAvailable()) {
            log.info("ExactIndex instead of IVF for {} x {} features: {}", n, d, FaissIndex.nativeLibrary());
            return ExactIndex::of;
        }
        return FaissIndex.builder().factory("IVF" + lists(n) + ",Flat");
    }

    /** A power of two, 4 to 8 sqrt(n), that leaves at least 39 examples a list, FAISS's own minimum for training. */
    static int lists(int n) {
        long wanted = Long.highestOneBit((long) (8 * Math.sqrt(n)));
        return (int) Math.max(1, Math.min(wanted, Long.highestOneBit(Math.max(1, n / 39))));
    }

    /**
     * Audits an index by 100 of its own examples, drawn at random by the seed (all if there are fewer): the share of their
     * true m nearest that it finds.
     *
     * @param m from 1 to N
     * @param index the index, of any kind
     * @param features [N, d], what the index was built from
     * @throws IllegalArgumentException if the index is not of these features' size, or m is out of range
     */
    public static Recall recallAt(int m, CandidateIndex index, INDArray features, long seed) {
        Check.argument(
                features.rank() == 2 && features.size(0) == index.size() && features.size(1) == index.dimension(),
                "the index holds [%d, %d] features: these are others",
                index.size(),
                index.dimension());
        int[] sample = new Random(seed)
                .ints(0, index.size())
                .distinct()
                .limit(Math.min(AUDITED, index.size()))
                .toArray();
        INDArray queries = Nd4j.pullRows(features, 1, sample);
        try (ExactIndex exact = ExactIndex.of(features)) {
            return Recall.of(index.search(queries, m), exact.search(queries, m));
        }
    }
}
