package dev.fastif.core;

import dev.fastif.core.internal.Check;
import dev.fastif.core.internal.Memory;
import dev.fastif.core.internal.Meter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Answers which training examples made a model behave as it does at a test point: FastIF (Guo et al., EMNLP 2021).
 *
 * <p>A question is answered in four steps: the nearest training examples of the test point become the candidates
 * ({@link CandidateIndex}), the gradient v of the test loss is taken ({@link Model#gradient}), {@code s_test = (H + lambda
 * I)^-1 v} is solved ({@link InverseHvp}), and every candidate is scored by {@code -s_test . grad loss(z)}.
 *
 * <p>Thread-safe: one engine serves many threads, as many at a time as it has workers; others wait their turn. It closes the
 * index it built, not one it was given, and not the model. After {@link #close}, or when the training set has grown or shrunk
 * since it was built, every question throws {@link IllegalStateException}; when the model's parameters were replaced, those do
 * that preselect, since the index is of the old ones.
 */
public final class InfluenceEngine implements AutoCloseable {
    /** Test points whose solves share their work: their vectors [p] are what this costs. */
    private static final int SELF_INFLUENCES_AT_ONCE = 8;

    private final Model model;
    private final TrainingSet trainingSet;
    private final Replicas replicas;
    private final Preselection preselection;
    private final @Nullable CandidateIndex ownIndex;
    private final EngineSolver solver;
    private final CurvatureMatrix curvatureMatrix;
    private final Scorer scorer;
    private final int candidates;
    private final int topK;
    private final int size;
    private final long revision;
    private volatile boolean closed;

    private InfluenceEngine(
            Builder builder, Replicas replicas, @Nullable CandidateIndex ownIndex, InverseHvp inverseHvp) {
        this.model = builder.model;
        this.trainingSet = builder.trainingSet;
        this.replicas = replicas;
        this.preselection = builder.preselection == null
                ? byFeatures(Builder.require("index", ownIndex == null ? builder.builtIndex : ownIndex))
                : builder.preselection;
        this.ownIndex = ownIndex;
        this.solver = new EngineSolver(inverseHvp, model);
        this.curvatureMatrix = builder.curvature;
        this.scorer = new Scorer(trainingSet, LengthBatches.of(model, trainingSet));
        this.candidates = builder.candidates == null ? Math.min(1000, trainingSet.size()) : builder.candidates;
        this.topK = Math.min(10, candidates);
        this.size = trainingSet.size();
        this.revision = model.revision();
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
        return explainAll(List.of(query)).get(0);
    }

    /**
     * Answers several questions at once: their solves share the work that depends on none of them, at the price of a few
     * vectors [p] for each. Timings are those of the whole call. Throws what {@link #explain} throws.
     */
    public List<InfluenceResult> explainAll(List<Query> queries) {
        Check.argument(!queries.isEmpty(), "queries is empty: there is nothing to explain");
        requireCurrent();
        Progress progress = (stage, done, total) ->
                queries.stream().map(Query::progress).distinct().forEach(p -> p.update(stage, done, total));
        Stopwatch stopwatch = new Stopwatch(progress);
        try (WorkerPool workers = replicas.open();
                MemoryWorkspace outside = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
            List<Candidates> chosen = stopwatch.time(
                    Stage.PRESELECTION,
                    () -> queries.stream().map(this::candidatesOf).toList());
            List<INDArray> gradients = stopwatch.time(
                    Stage.GRADIENT, () -> queries.stream().map(this::gradientOf).toList());
            Curvature curvature = new MeanCurvature(curvatureMatrix, trainingSet, scorer.batching(), workers);
            List<Solution> sTests;
            try {
                sTests = stopwatch.time(Stage.INVERSE_HVP, () -> solver.solveAll(curvature, gradients, progress));
            } finally {
                gradients.forEach(Memory::free);
            }
            List<double[]> influences =
                    stopwatch.time(Stage.SCORING, () -> influences(workers, chosen, sTests, progress));
            List<InfluenceResult> results = IntStream.range(0, queries.size())
                    .mapToObj(i -> new InfluenceResult(
                            chosen.get(i),
                            influences.get(i),
                            removal(sTests.get(i)),
                            topKOf(queries.get(i), chosen.get(i)),
                            sTests.get(i).report(),
                            stopwatch.timings()))
                    .toList();
            sTests.forEach(solver::free);
            return results;
        }
    }

    /**
     * The influence of a group of training examples on the loss at the test point, were they weighted or left out together.
     *
     * @param testPoint a batch of one example with its label
     * @param ids ids of the training set
     */
    public GroupInfluence groupInfluence(Batch testPoint, int... ids) {
        GroupInfluence.requireDistinct(ids); // before the solve
        return explain(Query.of(testPoint).withCandidates(Candidates.of(ids))).together();
    }

    /**
     * The influence of training examples on their own loss, {@code -grad loss(z)^T (H + lambda I)^-1 grad loss(z)}, in the
     * order of {@code ids}. It is negative if the damped curvature is positive definite; the largest in magnitude belong to
     * examples that the model can only fit by their own weight, such as mislabelled ones. Each takes a solve.
     *
     * @param progress hears of stage {@link Stage#SCORING} in examples
     * @param ids ids of the training set
     */
    public List<Influence> selfInfluences(Progress progress, int... ids) {
        Check.argument(ids.length > 0, "ids is empty: there is nothing to score");
        requireCurrent();
        requireIds(ids);
        List<Influence> influences = new ArrayList<>();
        try (WorkerPool workers = replicas.open();
                MemoryWorkspace outside = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
            Curvature curvature = new MeanCurvature(curvatureMatrix, trainingSet, scorer.batching(), workers);
            for (int start = 0; start < ids.length; start += SELF_INFLUENCES_AT_ONCE) {
                progress.checkpoint(Stage.SCORING, start, ids.length);
                int end = Math.min(ids.length, start + SELF_INFLUENCES_AT_ONCE);
                List<INDArray> gradients = IntStream.range(start, end)
                        .mapToObj(i -> gradientOf(ids[i]))
                        .toList();
                List<Solution> solutions = solver.solveAll(curvature, gradients, Progress.none());
                for (int i = start; i < end; i++) {
                    Solution solution = solutions.get(i - start);
                    double influence = -Nd4j.getBlasWrapper().dot(gradients.get(i - start), solution.value());
                    influences.add(removal(solution).influence(ids[i], influence, Double.NaN));
                    Memory.free(gradients.get(i - start));
                    solver.free(solution);
                }
            }
        }
        progress.checkpoint(Stage.SCORING, ids.length, ids.length);
        return List.copyOf(influences);
    }

    private List<double[]> influences(
            WorkerPool workers, List<Candidates> chosen, List<Solution> sTests, Progress progress) {
        long total = chosen.stream().mapToLong(Candidates::size).sum();
        Meter meter = new Meter(done -> progress.checkpoint(Stage.SCORING, done, total));
        meter.add(0);
        return IntStream.range(0, chosen.size())
                .mapToObj(i -> scorer.influences(
                        workers, sTests.get(i).value(), meter, chosen.get(i).ids()))
                .toList();
    }

    private int topKOf(Query query, Candidates chosen) {
        return query.topKOr(Math.min(topK, chosen.size()));
    }

    private INDArray gradientOf(int id) {
        Batch example = trainingSet.batch(id);
        INDArray gradient = model.gradient(example);
        example.release();
        return gradient;
    }

    private INDArray gradientOf(Query query) {
        return Check.finite(
                "the gradient at the test point",
                model.gradient(query.testPoints(), query.measurementOr(model.loss())));
    }

    private Candidates candidatesOf(Query query) {
        Candidates given = query.candidates();
        if (given != null) {
            requireIds(given.ids());
        }
        Candidates chosen = given == null ? preselected(query) : given;
        int k = topKOf(query, chosen);
        Check.argument(
                k <= chosen.size(),
                "topK is %d but only %d candidates are scored: ask for fewer, or preselect more candidates",
                k,
                chosen.size());
        return chosen;
    }

    private Candidates preselected(Query query) {
        requireState(
                model.revision() == revision,
                "the model's parameters were replaced since the engine was built, and what it preselects by is of the old ones: build a new engine,"
                        + " or choose the candidates");
        return preselection.candidates(query.testPoints(), query.measurementOr(model.loss()), candidates);
    }

    private Preselection byFeatures(CandidateIndex index) {
        return (testPoints, measurement, k) -> {
            INDArray features = Check.finite("the features of the test point", model.features(testPoints));
            return Candidates.nearestOf(index.search(features, k), k);
        };
    }

    /** The index and the number of examples are of what the engine was built for. */
    private void requireCurrent() {
        requireState(!closed, "the engine is closed: build another one");
        requireState(
                trainingSet.size() == size,
                "the training set had %d examples when the engine was built and has %d now: build a new engine",
                size,
                trainingSet.size());
    }

    private static void requireState(boolean holds, String message, Object... arguments) {
        if (!holds) {
            throw new IllegalStateException(String.format(Locale.ROOT, message, arguments));
        }
    }

    // Before the solve, which may take minutes.
    private void requireIds(int... ids) {
        for (int id : ids) {
            if (id < 0 || id >= trainingSet.size()) {
                throw new IndexOutOfBoundsException(String.format(
                        Locale.ROOT,
                        "candidates contain id %d: the training set has ids 0 to %d",
                        id,
                        trainingSet.size() - 1));
            }
        }
    }

    private Removal removal(Solution sTest) {
        return Removal.of(model, sTest.value(), trainingSet.size());
    }

    /** Closes the index, unless it was given. Every later question is refused. */
    @Override
    public void close() {
        boolean first = !closed;
        closed = true;
        if (first && ownIndex != null) {
            ownIndex.close();
        }
    }

    /** Options of an engine. Not thread-safe. */
    public static final class Builder {
        private final Model model;
        private final TrainingSet trainingSet;
        private CandidateIndex.@Nullable Builder index;
        private @Nullable CandidateIndex builtIndex;
        private @Nullable Preselection preselection;
        private @Nullable InverseHvp inverseHvp;
        private CurvatureMatrix curvature = CurvatureMatrix.GAUSS_NEWTON;
        private DeviceGroup devices = DeviceGroup.available();
        private @Nullable Integer candidates;
        private Progress progress = Progress.none();

        private Builder(Model model, TrainingSet trainingSet) {
            this.model = model;
            this.trainingSet = trainingSet;
        }

        /** Preselects candidates with this kind of index (required), for example {@code ExactIndex::of} of fastif-knn. */
        public Builder index(CandidateIndex.Builder value) {
            index = value;
            builtIndex = null;
            preselection = null;
            return this;
        }

        /**
         * Preselects candidates with an index that was built before, of the features that this model has of this training
         * set ({@link FeatureMatrix}). The engine does not close it.
         *
         * @throws IllegalArgumentException if it holds another number of examples than the training set
         */
        public Builder index(CandidateIndex value) {
            Check.argument(
                    value.size() == trainingSet.size(),
                    "the index holds %d examples but the training set %d: build it of this training set's features",
                    value.size(),
                    trainingSet.size());
            builtIndex = value;
            preselection = null;
            return this;
        }

        /**
         * Preselects candidates in another way than by nearness of features: no index of these is needed then. The engine does not
         * close it.
         */
        public Builder preselectBy(Preselection value) {
            preselection = value;
            return this;
        }

        /**
         * Solves for s_test with this solver, for example {@code Lissa} of fastif-hvp. Default: the one that the class path
         * offers as a service; fastif-hvp's is {@code AutomaticSolver}.
         */
        public Builder inverseHvp(InverseHvp value) {
            inverseHvp = value;
            return this;
        }

        /** Inverts this matrix of the training loss. Default: {@link CurvatureMatrix#GAUSS_NEWTON}. */
        public Builder curvature(CurvatureMatrix value) {
            curvature = value;
            return this;
        }

        /** Runs on these devices. Default: {@link DeviceGroup#available()}. */
        public Builder devices(DeviceGroup value) {
            devices = value;
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
         * Computes the features of the training set and builds the index, unless one, or another way to preselect, was given.
         *
         * @throws IllegalArgumentException if features are not finite
         * @throws IllegalStateException if no index was given, or no solver and the class path offers none
         */
        public InfluenceEngine build() {
            boolean builds = builtIndex == null && preselection == null;
            if (builds) {
                require("index", index); // before the features, which may take minutes
            }
            InverseHvp solver = inverseHvp == null ? EngineSolver.offered() : inverseHvp;
            // a workspace that a caller has open ends before the engine
            try (MemoryWorkspace outside = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
                Replicas replicas = Replicas.of(model, devices);
                return new InfluenceEngine(this, replicas, builds ? buildIndex(replicas) : null, solver);
            }
        }

        private CandidateIndex buildIndex(Replicas replicas) {
            CandidateIndex.Builder kind = require("index", index);
            try (WorkerPool workers = replicas.open()) {
                return kind.build(FeatureMatrix.of(trainingSet, workers, progress));
            }
        }

        private static <T> T require(String name, @Nullable T value) {
            if (value == null) {
                throw new IllegalStateException(
                        String.format(Locale.ROOT, "no %s was given: call builder.%s(...) before build()", name, name));
            }
            return value;
        }
    }
}
