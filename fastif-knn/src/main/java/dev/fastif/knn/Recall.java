package dev.fastif.knn;

import dev.fastif.core.Candidates;
import dev.fastif.core.internal.Check;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Which share of the true m nearest neighbours an index finds among its first m.
 *
 * @param m how many neighbours were compared
 * @param queries how many queries were asked
 * @param mean the mean over the queries, 0 to 1
 * @param lowest the lowest of the queries, 0 to 1
 */
public record Recall(int m, int queries, double mean, double lowest) {
    /**
     * Compares what was found with the truth, query by query.
     *
     * @throws IllegalArgumentException if the numbers of queries differ, there are none, or a pair differs in size
     */
    public static Recall of(List<Candidates> found, List<Candidates> exact) {
        Check.argument(
                found.size() == exact.size() && !found.isEmpty(),
                "%d queries were answered and %d are known: they must be the same, at least one",
                found.size(),
                exact.size());
        int m = exact.get(0).size();
        double[] shares = IntStream.range(0, found.size())
                .mapToDouble(i -> share(m, found.get(i), exact.get(i)))
                .toArray();
        return new Recall(
                m,
                shares.length,
                Arrays.stream(shares).average().orElseThrow(),
                Arrays.stream(shares).min().orElseThrow());
    }

    private static double share(int m, Candidates found, Candidates exact) {
        Check.argument(
                m >= 1 && found.size() == m && exact.size() == m,
                "%d candidates were found and %d are known: they must be as many as those of the first query, %d",
                found.size(),
                exact.size(),
                m);
        Set<Integer> ids = Arrays.stream(exact.ids()).boxed().collect(Collectors.toSet());
        return Arrays.stream(found.ids()).filter(ids::contains).count() / (double) m;
    }
}
