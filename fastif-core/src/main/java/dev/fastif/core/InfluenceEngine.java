package dev.fastif.core;

import dev.fastif.core.internal.Check;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Answers which training examples made a model behave as it does at a test point: FastIF (Guo et al., EMNLP 2021).
 *
 * <p>A question is answered in four steps: the nearest training examples of the test point become the candidates
 * ({@link CandidateIndex}), the gradient v of the test loss is taken ({@link Model#gradient}), {@code s_test = (H + lambda
 * I)^-1 v} is solved ({@link InverseHvp}), and every candidate is scored by {@code -s_test . grad loss(z)}.
 *
 * <p>Thread-safe: one engine serves many threads. It closes the index it built, not the model.
 */
public final class InfluenceEngine implements AutoCloseable {
    private final Model model;
    private final TrainingSet trainingSet;
    private final CandidateIndex index;
    private final InverseHvp inverseHvp;
    private final Curvature curvature;
    private final Scorer scorer;
    private final int candidates;
    private final int topK;

    private InfluenceEngine(Builder builder, CandidateIndex index, InverseHvp inverseHvp) {
        this.model = builder.model;
        this.trainingSet = builder.trainingSet;
        this.index = index;
        this.inverseHvp = inverseHvp;
        this.curvature = Curvature.hessian(model, trainingSet);
        this.scorer = new Scorer(model, trainingSet, LengthBatches.SCORING);
        this.candidates = builder.candidates == null ? Math.min(1000, trainingSet.size()) : builder.candidates;
        this.topK = Math.min(10, candidates);
    }

    /**
     * Starts an engine over a model and the examples that it was trained on.
     *
     * @throws IllegalArgumentException if the training set is empty or the model's parameters are not finite
     */
    public static Builder builder(Model model, TrainingSet trainingSet) {
        Check.argument(trainingSet.size() > 0, "trainingSet is empty: influence needs at least one training example");
        Check.finite("the parameters of the model", model.parameterValues());
        return new Builder(model, trainingSet);
    }

    /**
     * The training examples that most helped and most harmed the prediction, at most 10 of each.
     *
     * @param testPoint a batch of one example with its label
     */
    public InfluenceResult topK(Batch testPoint) {
        return explain(Query.of(testPoint));
    }

    /**
     * The training examples that most helped and most harmed the prediction.
     *
     * @param testPoint a batch of one example with its label
     * @param k how many of each at most, from 1 to the number of candidates
     */
    public InfluenceResult topK(Batch testPoint, int k) {
        return explain(Query.of(testPoint).withTopK(k));
    }

    /**
     * The influences of chosen training examples, in the order of {@code ids}.
     *
     * @param testPoint a batch of one example with its label
     * @param ids ids of the training set
     */
    public List<Influence> influences(Batch testPoint, int... ids) {
        return explain(Query.of(testPoint).withCandidates(Candidates.of(ids))).scored();
    }

    /**
     * Answers a question with its own measurement, candidates, count, or progress listener.
     *
     * @throws IllegalArgumentException if the test point does not fit the model, or more examples are asked for than are
     *     scored
     * @throws IndexOutOfBoundsException if a candidate is not in the training set
     * @throws SolveFailedException if s_test could not be computed; the message says what to change
     * @throws java.util.concurrent.CancellationException if the thread is interrupted
     */
    public InfluenceResult explain(Query query) {
        Stopwatch stopwatch = new Stopwatch(query.progress());
        Candidates chosen = stopwatch.time(Stage.PRESELECTION, () -> candidatesOf(query));
        int k = query.topKOr(Math.min(topK, chosen.size()));
        Check.argument(
                k <= chosen.size(),
                "topK is %d but only %d candidates are scored: ask for fewer, or preselect more candidates",
                k,
                chosen.size());

        INDArray v = stopwatch.time(
                Stage.GRADIENT,
                () -> Check.finite(
                        "the gradient at the test point",
                        model.gradient(query.testPoint(), query.measurementOr(model.loss()))));
        Solution sTest = stopwatch.time(Stage.INVERSE_HVP, () -> inverseHvp.solve(curvature, v, query.progress()));
        double[] influences =
                stopwatch.time(Stage.SCORING, () -> scorer.influences(sTest.value(), query.progress(), chosen.ids()));

        return new InfluenceResult(scored(chosen, influences), k, sTest.report(), stopwatch.timings);
    }

    private Candidates candidatesOf(Query query) {
        Candidates given = query.candidates();
        if (given != null) {
            requireIds(given);
            return given;
        }
        INDArray features = Check.finite("the features of the test point", model.features(query.testPoint()));
        return index.search(features, candidates).get(0);
    }

    // Before the solve, which may take minutes.
    private void requireIds(Candidates given) {
        for (int id : given.ids()) {
            if (id < 0 || id >= trainingSet.size()) {
                throw new IndexOutOfBoundsException(String.format(
                        "candidates contain id %d: the training set has ids 0 to %d", id, trainingSet.size() - 1));
            }
        }
    }

    private List<Influence> scored(Candidates chosen, double... influences) {
        List<Influence> scored = new ArrayList<>(influences.length);
        for (int i = 0; i < influences.length; i++) {
            double change = -influences[i] / trainingSet.size();
            scored.add(new Influence(chosen.id(i), influences[i], change, chosen.squaredDistance(i)));
        }
        return scored;
    }

    /** Closes the index. */
    @Override
    public void close() {
        index.close();
    }

    /** Times stages and announces them. */
    private static final class Stopwatch {
        private final Progress progress;
        private final Map<Stage, Duration> timings = new EnumMap<>(Stage.class);

        Stopwatch(Progress progress) {
            this.progress = progress;
        }

        <T> T time(Stage stage, Supplier<T> work) {
            long start = System.nanoTime();
            progress.checkpoint(stage, 0, 1);
            T result = work.get();
            timings.put(stage, Duration.ofNanos(System.nanoTime() - start));
            return result;
        }
    }

    /** Options of an engine. Not thread-safe. */
    public static final class Builder {
        private final Model model;
        private final TrainingSet trainingSet;
        private CandidateIndex.@Nullable Builder index;
        private @Nullable InverseHvp inverseHvp;
        private @Nullable Integer candidates;
        private Progress progress = Progress.none();

        private Builder(Model model, TrainingSet trainingSet) {
            this.model = model;
            this.trainingSet = trainingSet;
        }

        /** Preselects candidates with this index (required), for example {@code ExactIndex::of} of fastif-knn. */
        public Builder index(CandidateIndex.Builder value) {
            index = value;
            return this;
        }

        /** Solves for s_test with this solver (required), for example {@code Lissa} of fastif-hvp. */
        public Builder inverseHvp(InverseHvp value) {
            inverseHvp = value;
            return this;
        }

        /**
         * How many nearest neighbours of a test point are scored, the paper's k. Default: 1,000, or all if there are
         * fewer.
         *
         * @throws IllegalArgumentException if it is below 1 or above the size of the training set
         */
        public Builder candidates(int value) {
            Check.positive("candidates", value);
            Check.argument(
                    value <= trainingSet.size(),
                    "candidates is %d but the training set has %d examples: preselect at most that many",
                    value,
                    trainingSet.size());
            candidates = value;
            return this;
        }

        /** Reports the building of the index to this listener. */
        public Builder progress(Progress value) {
            progress = value;
            return this;
        }

        /**
         * Computes the features of the training set and builds the index.
         *
         * @throws IllegalArgumentException if features are not finite
         * @throws IllegalStateException if no index or no solver was given
         */
        public InfluenceEngine build() {
            CandidateIndex.Builder indexBuilder = require("index", index);
            InverseHvp solver = require("inverseHvp", inverseHvp);
            return new InfluenceEngine(this, indexBuilder.build(trainingFeatures()), solver);
        }

        private INDArray trainingFeatures() {
            int size = trainingSet.size();
            INDArray features = null;
            int done = 0;
            for (int[] ids : LengthBatches.SCORING.of(
                    trainingSet, IntStream.range(0, size).toArray())) {
                progress.checkpoint(Stage.INDEX, done, size);
                INDArray part = model.features(trainingSet.batch(ids));
                if (features == null) {
                    features = Nd4j.createUninitialized(part.dataType(), new long[] {size, part.size(1)}, 'c');
                }
                for (int i = 0; i < ids.length; i++) {
                    features.slice(ids[i]).assign(part.slice(i));
                }
                done += ids.length;
            }
            progress.checkpoint(Stage.INDEX, size, size);
            if (features == null) {
                throw new IllegalStateException("the training set became empty");
            }
            return Check.finite("the features of the training set", features);
        }

        private static <T> T require(String name, @Nullable T value) {
            if (value == null) {
                throw new IllegalStateException(
                        String.format("no %s was given: call builder.%s(...) before build()", name, name));
            }
            return value;
        }
    }
}
