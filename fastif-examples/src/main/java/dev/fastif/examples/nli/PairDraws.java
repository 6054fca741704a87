package dev.fastif.examples.nli;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One run of the generator: what it draws depends on the seed and on what it drew before, and it avoids repeating itself.
 * Confined to one thread.
 */
final class PairDraws {
    /** One pair in so many is HANS-like. */
    private static final int HANS_SHARE = 3;

    /**
     * A pair that was drawn before is drawn anew, but only so often: a subcase may have no more to offer, and in hundreds
     * of thousands of pairs a few repetitions do no harm.
     */
    private static final int MAX_REDRAWS = 20;

    private final PairBooks books;
    private final Random random;
    private final Set<Long> seen = new HashSet<>();

    PairDraws(PairBooks books, long seed) {
        this.books = books;
        this.random = new Random(mixed(seed));
    }

    /** The mixture of {@link PairGenerator#generate}; ids are the prefix and a number from 0. */
    List<NliPair> mixture(int n, String idPrefix) {
        requireNonNegative(n);
        List<Draft> drafts = new ArrayList<>(n);
        Map<NliLabel, Integer> wanted = quotas(n);
        List<HansTag> subcases = books.subcases();
        for (int i = 0; i < n / HANS_SHARE; i++) {
            Draft draft = hans(subcases.get(i % subcases.size()));
            wanted.merge(draft.label(), -1, Integer::sum);
            drafts.add(draft);
        }
        while (drafts.size() < n) {
            NliLabel label = mostWanted(wanted);
            wanted.merge(label, -1, Integer::sum);
            drafts.add(ordinary(label));
        }
        Collections.shuffle(drafts, random);
        return numbered(drafts, idPrefix);
    }

    /** Pairs of the given subcases in turn. */
    List<NliPair> hans(List<HansTag> subcases, int n, String idPrefix) {
        requireNonNegative(n);
        List<Draft> drafts = new ArrayList<>(n);
        for (int i = 0; i < n; i++) {
            drafts.add(hans(subcases.get(i % subcases.size())));
        }
        return numbered(drafts, idPrefix);
    }

    private Draft hans(HansTag tag) {
        List<PairBook.Block> blocks = books.hans().getOrDefault(tag, List.of());
        if (blocks.isEmpty()) {
            throw new IllegalArgumentException("no templates for the subcase '" + tag.subcase()
                    + "'; PairGenerator.subcases() lists those with some");
        }
        return fresh(() -> {
            PairBook.Block block = pick(blocks);
            return draft(block, pick(block.labels()));
        });
    }

    private Draft ordinary(NliLabel label) {
        return fresh(() -> draft(pick(books.ordinary()), label));
    }

    private Draft draft(PairBook.Block block, NliLabel label) {
        Words words = new Words(random);
        Phrase premise = pick(block.premises());
        Phrase hypothesis = pick(block.hypotheses().getOrDefault(label, List.of()));
        return new Draft(premise.with(words), hypothesis.with(words), label, block.hans());
    }

    private Draft fresh(Supplier<Draft> source) {
        Draft draft = source.get();
        for (int i = 0; i < MAX_REDRAWS && !(draft.saysSomething() && seen.add(draft.key())); i++) {
            draft = source.get();
        }
        return draft;
    }

    private <T> T pick(List<T> options) {
        return options.get(random.nextInt(options.size()));
    }

    private static Map<NliLabel, Integer> quotas(int n) {
        List<NliLabel> labels = LabelScheme.THREE_WAY.labels();
        Map<NliLabel, Integer> quotas = new EnumMap<>(NliLabel.class);
        for (NliLabel label : labels) {
            quotas.put(label, n / labels.size() + (labels.indexOf(label) < n % labels.size() ? 1 : 0));
        }
        return quotas;
    }

    private static NliLabel mostWanted(Map<NliLabel, Integer> wanted) {
        return Collections.max(wanted.entrySet(), Map.Entry.comparingByValue()).getKey();
    }

    private static List<NliPair> numbered(List<Draft> drafts, String idPrefix) {
        List<NliPair> pairs = new ArrayList<>(drafts.size());
        for (Draft draft : drafts) {
            pairs.add(new NliPair(
                    idPrefix + pairs.size(), draft.premise(), draft.hypothesis(), draft.label(), draft.hans()));
        }
        return List.copyOf(pairs);
    }

    private static void requireNonNegative(int n) {
        if (n < 0) {
            throw new IllegalArgumentException("number of pairs must be at least 0, but is " + n);
        }
    }

    /** Neighbouring seeds would make {@link Random} begin alike; this is the finaliser of SplitMix64. */
    private static long mixed(long seed) {
        long z = seed + 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /** A pair that has no number yet. */
    private record Draft(
            String premise,
            String hypothesis,
            NliLabel label,
            @Nullable HansTag hans) {
        /** Stands for both texts; should two pairs ever share it, one of them is drawn anew, which does no harm. */
        long key() {
            return ((long) premise.hashCode() << 32) ^ (hypothesis.hashCode() & 0xFFFFFFFFL);
        }

        boolean saysSomething() {
            return !premise.equals(hypothesis);
        }
    }
}
