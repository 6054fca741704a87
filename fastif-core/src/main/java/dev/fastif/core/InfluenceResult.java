package dev.fastif.core;

import java.time.Duration;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The influential training examples of one test point, with the certificate of s_test. Immutable.
 *
 * <p>Signs: a negative influence is helpful (without the example the test loss would rise), a positive one harmful.
 */
public final class InfluenceResult {
    private final List<Influence> scored;
    private final List<Influence> helpful;
    private final List<Influence> harmful;
    private final Removal removal;
    private final SolveReport solve;
    private final Map<Stage, Duration> timings;

    InfluenceResult(
            Candidates candidates,
            double[] influences,
            Removal removal,
            int topK,
            SolveReport solve,
            Map<Stage, Duration> timings) {
        this.scored = IntStream.range(0, influences.length)
                .mapToObj(i -> removal.influence(candidates.id(i), influences[i], candidates.squaredDistance(i)))
                .toList();
        this.removal = removal;
        this.helpful = scored.stream()
                .filter(influence -> influence.value() < 0)
                .sorted(Comparator.comparingDouble(Influence::value).thenComparingInt(Influence::id))
                .limit(topK)
                .toList();
        this.harmful = scored.stream()
                .filter(influence -> influence.value() > 0)
                .sorted(Comparator.comparingDouble(Influence::value).reversed().thenComparingInt(Influence::id))
                .limit(topK)
                .toList();
        this.solve = solve;
        this.timings = Map.copyOf(timings);
    }

    /** The most helpful examples, most helpful first, ties by id; fewer than asked for if fewer help. */
    public List<Influence> helpful() {
        return helpful;
    }

    /** The most harmful examples, most harmful first, ties by id; fewer than asked for if fewer harm. */
    public List<Influence> harmful() {
        return harmful;
    }

    /** Every candidate that was scored, in the order of the candidates (nearest first, if preselected). */
    public List<Influence> scored() {
        return scored;
    }

    /** All that were scored as one group. */
    GroupInfluence together() {
        return GroupInfluence.of(scored, removal);
    }

    /** The certificate of s_test: damping, residual, and how it was found. */
    public SolveReport solve() {
        return solve;
    }

    /** How long each stage took, in the order of the stages. */
    public Map<Stage, Duration> timings() {
        return new EnumMap<>(timings);
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%d candidates scored; helpful %s; harmful %s; damping %s, relative residual %.3g on %d examples",
                scored.size(),
                helpful,
                harmful,
                solve.damping(),
                solve.relativeResidual(),
                solve.residualExamples());
    }
}
