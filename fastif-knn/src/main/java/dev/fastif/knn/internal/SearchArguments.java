package dev.fastif.knn.internal;

import dev.fastif.core.CandidateIndex;
import dev.fastif.core.internal.Check;
import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What every index asks of the arguments of a search. */
public final class SearchArguments {
    private SearchArguments() {}

    /** Throws {@link IllegalArgumentException} unless k neighbours of these queries can be searched for in the index. */
    public static void check(CandidateIndex index, INDArray queries, int k) {
        Check.positive("k", k);
        Check.readable("queries", queries);
        Check.argument(
                k <= index.size(), "k is %d but the index has %d examples: ask for at most that many", k, index.size());
        Check.argument(
                queries.rank() == 2 && queries.size(1) == index.dimension(),
                "queries have shape %s: they must be [q, %d]",
                Arrays.toString(queries.shape()),
                index.dimension());
    }
}
