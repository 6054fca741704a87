package dev.fastif.examples.study;

import dev.fastif.core.Batch;
import dev.fastif.core.CandidateIndex;
import dev.fastif.core.Candidates;
import dev.fastif.core.Influence;
import dev.fastif.core.InfluenceEngine;
import dev.fastif.core.InfluenceResult;
import dev.fastif.core.Query;
import dev.fastif.core.TrainingSet;
import dev.fastif.hvp.autodiff.GraphModel;
import dev.fastif.knn.ExactIndex;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The influences of a training set under fixed settings: of the nearest examples, or of all. The index is that of the
 * parameters which the model had at first, as in the published experiments. Not thread-safe.
 */
final class Scoring implements AutoCloseable {
    private final GraphModel model;
    private final InfluenceEngine engine;
    private final int size;
    private final int candidates;
    private @Nullable CandidateIndex index;

    Scoring(GraphModel model, TrainingSet trainingSet, InfluenceSettings settings) {
        this.model = model;
        this.size = trainingSet.size();
        this.candidates = Math.min(settings.candidates(), size);
        this.engine = InfluenceEngine.builder(model, trainingSet)
                .index(features -> {
                    CandidateIndex built = ExactIndex.of(features);
                    index = built;
                    return built;
                })
                .inverseHvp(settings.solver())
                .curvature(settings.matrix())
                .candidates(candidates)
                .build();
    }

    /** The influences of all training examples, by id, on the mean loss of the test points. */
    List<Influence> all(Batch testPoints) {
        return of(testPoints, Candidates.all(size));
    }

    /** The influences of the nearest training examples, nearest first, on the mean loss of the test points. */
    List<Influence> nearest(Batch testPoints) {
        // by the index, which may be of older parameters than the model has after some steps
        return of(testPoints, Candidates.nearestOf(searched(testPoints, candidates), candidates));
    }

    /** The influences of these training examples on the mean loss of the test points. */
    List<Influence> of(Batch testPoints, Candidates candidates) {
        return explain(testPoints, candidates).scored();
    }

    /** The influences of these training examples, in their order, with the certificate of the solve. */
    InfluenceResult explain(Batch testPoints, Candidates candidates) {
        return engine.explain(Query.ofMean(testPoints).withCandidates(candidates));
    }

    /** The {@code k} training examples that are nearest to one test point, nearest first. */
    Candidates neighbours(Batch testPoint, int k) {
        return searched(testPoint, Math.min(k, size)).get(0);
    }

    private List<Candidates> searched(Batch testPoints, int k) {
        CandidateIndex built = index;
        if (built == null) {
            throw new IllegalStateException("the engine has built no index");
        }
        return built.search(model.features(testPoints), k);
    }

    /** Most helpful first, ties by id. */
    static List<Influence> mostHelpfulFirst(List<Influence> influences) {
        return sorted(influences, Comparator.comparingDouble(Influence::value));
    }

    /** Most harmful first, ties by id. */
    static List<Influence> mostHarmfulFirst(List<Influence> influences) {
        return sorted(influences, Comparator.comparingDouble(Influence::value).reversed());
    }

    /** Largest magnitude first, ties by id. */
    static List<Influence> largestFirst(List<Influence> influences) {
        return sorted(
                influences,
                Comparator.comparingDouble((Influence influence) -> Math.abs(influence.value()))
                        .reversed());
    }

    private static List<Influence> sorted(List<Influence> influences, Comparator<Influence> order) {
        return influences.stream().sorted(order.thenComparingInt(Influence::id)).toList();
    }

    /** The ids of the first {@code count}. */
    static int[] ids(List<Influence> influences, int count) {
        return influences.stream().limit(count).mapToInt(Influence::id).toArray();
    }

    @Override
    public void close() {
        engine.close();
    }
}
