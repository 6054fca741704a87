package dev.fastif.core;

import dev.fastif.core.internal.Check;
import org.jspecify.annotations.Nullable;

/**
 * A question to an {@link InfluenceEngine}: a test point, or the mean over a set of them, and what differs from the engine's defaults. Immutable; each
 * {@code with} method returns a changed copy.
 */
public final class Query {
    private final Batch testPoints;
    private final @Nullable Measurement measurement;
    private final @Nullable Integer topK;
    private final @Nullable Candidates candidates;
    private final Progress progress;

    private Query(
            Batch testPoints,
            @Nullable Measurement measurement,
            @Nullable Integer topK,
            @Nullable Candidates candidates,
            Progress progress) {
        this.testPoints = testPoints;
        this.measurement = measurement;
        this.topK = topK;
        this.candidates = candidates;
        this.progress = progress;
    }

    /**
     * Returns the question which training examples influenced the model's loss on {@code testPoint}.
     *
     * @param testPoint a batch of exactly one example, with its label
     */
    public static Query of(Batch testPoint) {
        Check.argument(
                testPoint.size() == 1,
                "testPoint has %d examples: a test point is a batch of exactly one; ask for the mean over several with"
                        + " Query.ofMean",
                testPoint.size());
        return new Query(testPoint, null, null, null, Progress.none());
    }

    /**
     * Returns the question which training examples influenced the model's mean loss on a set of test points. Their
     * candidates are the training examples that are nearest to any of them.
     *
     * @param testPoints a batch of at least one example, with its labels
     */
    public static Query ofMean(Batch testPoints) {
        return new Query(testPoints, null, null, null, Progress.none());
    }

    /** Measures another quantity of the test point than its training loss, such as a logit; needs no label then. */
    public Query withMeasurement(Measurement value) {
        return new Query(testPoints, value, topK, candidates, progress);
    }

    /**
     * Asks for at most this many helpful and this many harmful examples instead of the engine's default.
     *
     * @param value at least 1, at most the number of candidates
     */
    public Query withTopK(int value) {
        return new Query(testPoints, measurement, Check.positive("topK", value), candidates, progress);
    }

    /** Scores these examples instead of the nearest neighbours of the test point. */
    public Query withCandidates(Candidates value) {
        Check.argument(value.size() > 0, "candidates is empty: there is nothing to score");
        return new Query(testPoints, measurement, topK, value, progress);
    }

    /** Reports progress to this listener. */
    public Query withProgress(Progress value) {
        return new Query(testPoints, measurement, topK, candidates, value);
    }

    Batch testPoints() {
        return testPoints;
    }

    Measurement measurementOr(Measurement fallback) {
        return measurement == null ? fallback : measurement;
    }

    int topKOr(int fallback) {
        return topK == null ? fallback : topK;
    }

    @Nullable
    Candidates candidates() {
        return candidates;
    }

    Progress progress() {
        return progress;
    }
}
