package dev.fastif.examples.nli;

import dev.fastif.core.internal.Check;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * HANS for experiments: pairs to train on, and for each heuristic pairs to draw anchors from and pairs to test on, in random
 * order. Labels are entailment and non-entailment. Immutable and thread-safe.
 *
 * @param description where the pairs come from, for people to read
 * @param training to train on, or to take new examples from
 * @param validation of each heuristic, disjoint from the test pairs
 * @param test of each heuristic
 */
public record HansData(
        String description,
        List<NliPair> training,
        Map<HansTag.Heuristic, List<NliPair>> validation,
        Map<HansTag.Heuristic, List<NliPair>> test) {
    /** The paper sets this share of the evaluation pairs aside for validation. */
    private static final double VALIDATION_SHARE = 0.01;

    private static final int LEAST_VALIDATION = 30;

    /** Copies the collections. */
    public HansData {
        training = List.copyOf(training);
        validation = Collections.unmodifiableMap(new LinkedHashMap<>(validation));
        test = Collections.unmodifiableMap(new LinkedHashMap<>(test));
    }

    /** The published files. */
    public static HansData of(DataFolder folder, long seed) {
        List<NliPair> training = new ArrayList<>(folder.hansTraining());
        Collections.shuffle(training, new Random(seed));
        return split("HANS from " + folder.root(), training, folder.hansEvaluation(), seed);
    }

    /**
     * Pairs of our own in the subcases of HANS.
     *
     * @param size how many to train on, and how many of each heuristic to evaluate on
     */
    public static HansData generated(int size, long seed) {
        PairDraws draws = new PairDraws(PairBooks.all(), seed);
        List<NliPair> training = draws.hans(PairGenerator.subcases(), size, "hans-training-");
        List<NliPair> evaluation =
                draws.hans(PairGenerator.subcases(), size * HansTag.Heuristic.values().length, "hans-evaluation-");
        List<NliPair> shuffled = new ArrayList<>(training);
        Collections.shuffle(shuffled, new Random(seed));
        return split("generated pairs in the subcases of HANS, seed " + seed, shuffled, evaluation, seed);
    }

    private static HansData split(String description, List<NliPair> training, List<NliPair> evaluation, long seed) {
        Map<HansTag.Heuristic, List<NliPair>> validation = new LinkedHashMap<>();
        Map<HansTag.Heuristic, List<NliPair>> test = new LinkedHashMap<>();
        Random random = new Random(seed);
        for (HansTag.Heuristic heuristic : HansTag.Heuristic.values()) {
            List<NliPair> pairs = new ArrayList<>(evaluation.stream()
                    .filter(pair -> pair.hans() != null && pair.hans().heuristic() == heuristic)
                    .toList());
            Check.argument(
                    pairs.size() > LEAST_VALIDATION,
                    "%s has %s pairs of the heuristic %s: there must be more than %s",
                    description,
                    pairs.size(),
                    heuristic.text(),
                    LEAST_VALIDATION);
            Collections.shuffle(pairs, random);
            int aside = Math.max(LEAST_VALIDATION, (int) (VALIDATION_SHARE * pairs.size()));
            validation.put(heuristic, List.copyOf(pairs.subList(0, aside)));
            test.put(heuristic, List.copyOf(pairs.subList(aside, pairs.size())));
        }
        return new HansData(description, training, validation, test);
    }
}
