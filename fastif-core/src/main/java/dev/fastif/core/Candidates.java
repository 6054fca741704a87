package dev.fastif.core;

import dev.fastif.core.internal.Check;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Training examples to be scored: their ids and, if they were preselected, their distances. Immutable. */
public final class Candidates {
    private final int[] ids;
    private final double[] squaredDistances;

    private Candidates(int[] ids, double... squaredDistances) {
        this.ids = ids;
        this.squaredDistances = squaredDistances;
    }

    /**
     * Returns candidates with their squared L2 distances from the query.
     *
     * @throws IllegalArgumentException if the lengths differ
     */
    public static Candidates of(int[] ids, double... squaredDistances) {
        Check.argument(
                ids.length == squaredDistances.length,
                "%d ids but %d squaredDistances: each candidate has one of each",
                ids.length,
                squaredDistances.length);
        return new Candidates(ids.clone(), squaredDistances.clone());
    }

    /** Returns candidates chosen by other means than distance; their distances are NaN. */
    public static Candidates of(int... ids) {
        double[] unknown = new double[ids.length];
        Arrays.fill(unknown, Double.NaN);
        return new Candidates(ids.clone(), unknown);
    }

    /** Returns all of {@code size} training examples as candidates. */
    public static Candidates all(int size) {
        return of(IntStream.range(0, size).toArray());
    }

    /** The {@code k} nearest of several searches, ties by id: each example once, with its smallest distance. */
    public static Candidates nearestOf(List<Candidates> searches, int k) {
        Map<Integer, Double> nearest = new HashMap<>();
        for (Candidates found : searches) {
            for (int i = 0; i < found.size(); i++) {
                nearest.merge(found.id(i), found.squaredDistance(i), Math::min);
            }
        }
        List<Map.Entry<Integer, Double>> order = nearest.entrySet().stream()
                .sorted(Map.Entry.<Integer, Double>comparingByValue().thenComparing(Map.Entry.comparingByKey()))
                .limit(k)
                .toList();
        return new Candidates(
                order.stream().mapToInt(Map.Entry::getKey).toArray(),
                order.stream().mapToDouble(Map.Entry::getValue).toArray());
    }

    /** How many candidates there are. */
    public int size() {
        return ids.length;
    }

    /** The training set's id of the candidate at {@code position}, from 0. */
    public int id(int position) {
        return ids[position];
    }

    /** A copy of the ids. */
    public int[] ids() {
        return ids.clone();
    }

    /** The squared L2 distance of the candidate at {@code position} from the query; NaN if it was not measured. */
    public double squaredDistance(int position) {
        return squaredDistances[position];
    }
}
