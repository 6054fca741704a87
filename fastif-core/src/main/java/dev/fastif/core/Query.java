package dev.fastif.core;

import dev.fastif.core.internal.Check;
import org.jspecify.annotations.Nullable;

/**
 * A question to an {@link InfluenceEngine}: a test point, and what differs from the engine's defaults. Immutable; each
 * {@code with} method returns a changed copy.
 */
public final class Query {
    private final Batch testPoint;
    private final @Nullable Measurement measurement;
    private final @Nullable Integer topK;
    private final @Nullable Candidates candidates;
    private final Progress progress;

    private Query(
            Batch testPoint,
            @Nullable Measurement measurement,
            @Nullable Integer topK,
            @Nullable Candidates candidates,
            Progress progress) {
        this.testPoint = testPoint;
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
                "testPoint has %d examples: a test point is a batch of exactly one",
                testPoint.size());
        return new Query(testPoint, null, null, null, Progress.none());
    }

    /** Measures another quantity of the test point than its training loss, such as a logit; needs no label then. */
    public Query withMeasurement(Measurement value) {
        return new Query(testPoint, value, topK, candidates, progress);
    }

    /**
     * Asks for at most this many helpful and this many harmful examples instead of the engine's default.
     *
     * @param value at least 1, at most the number of candidates
     */
    public Query withTopK(int value) {
        return new Query(testPoint, measurement, Check.positive("topK", value), candidates, progress);
    }

    /** Scores these examples instead of the nearest neighbours of the test point. */
    public Query withCandidates(Candidates value) {
        Check.argument(value.size() > 0, "candidates is empty: there is nothing to score");
        return new Query(testPoint, measurement, topK, value, progress);
    }

    /** Reports progress to this listener. */
    public Query withProgress(Progress value) {
        return new Query(testPoint, measurement, topK, candidates, value);
    }

    Batch testPoint() {
        return testPoint;
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
