package dev.fastif.examples.nli;

import dev.fastif.core.internal.Check;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Generated pairs with a known truth: all evaluation pairs are of one subcase of HANS, and a few training pairs, the
 * carriers, are the only ones of that subcase. Whoever looks for what the model knows about the subcase must find them.
 * Immutable and thread-safe.
 *
 * @param data the pairs
 * @param subcase what only the carriers are about
 * @param carriers their positions among the training pairs, in order
 */
public record PlantedData(NliData data, HansTag subcase, List<Integer> carriers) {
    /** Copies the list. */
    public PlantedData {
        carriers = List.copyOf(carriers);
    }

    /**
     * Generates pairs.
     *
     * @param subcase one of {@link PairGenerator#subcases()}
     * @param training how many pairs to train on, the carriers included
     * @param carriers how many of them are of the subcase
     * @param evaluation how many pairs to evaluate on
     * @throws IllegalArgumentException if there are more carriers than training pairs, or there is no such subcase
     */
    public static PlantedData generated(HansTag subcase, int training, int carriers, int evaluation, long seed) {
        Check.argument(
                carriers <= training, "carriers is %s: it must be at most training, which is %s", carriers, training);
        List<NliPair> pairs = new ArrayList<>(
                new PairDraws(PairBooks.all().without(subcase), seed).mixture(training - carriers, "other-"));
        PairDraws ofSubcase = new PairDraws(PairBooks.all(), seed + 1);
        pairs.addAll(ofSubcase.hans(List.of(subcase), carriers, "carrier-"));
        Collections.shuffle(pairs, new Random(seed));
        return new PlantedData(
                new NliData(
                        "generated pairs, " + carriers + " of the subcase " + subcase.subcase() + ", seed " + seed,
                        pairs,
                        ofSubcase.hans(List.of(subcase), evaluation, "evaluation-")),
                subcase,
                IntStream.range(0, pairs.size())
                        .filter(i -> subcase.equals(pairs.get(i).hans()))
                        .boxed()
                        .toList());
    }
}
