package dev.fastif.hvp.autodiff;

import dev.fastif.core.Batch;
import dev.fastif.core.CurvatureMatrix;
import dev.fastif.core.GradientSink;
import dev.fastif.core.Iteration;
import dev.fastif.core.Loss;
import dev.fastif.core.Measurement;
import dev.fastif.core.Model;
import dev.fastif.core.ParameterLayout;
import dev.fastif.core.Recurrence;
import dev.fastif.core.Regularizer;
import dev.fastif.core.internal.Check;
import dev.fastif.hvp.autodiff.kernels.Session;
import dev.fastif.hvp.autodiff.kernels.Shapes;
import dev.fastif.hvp.internal.AlignedVector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A {@link Graph} with values for its trainable parameters, a loss on one of its nodes and features on another.
 *
 * <p>Derivatives are exact: the Hessian-vector product is the tangent of the gradient (forward over reverse), the
 * directional derivative the tangent of the losses. Temporaries live in a workspace of the calling thread; results are
 * outside of any workspace. Thread-safe, except for {@link #setParameterValues}.
 */
public final class GraphModel implements Model {
    private final Graph graph;
    private final Node output;
    private final Node features;
    private final Objective objective;
    private final Regularizer regularizer;
    private final INDArray theta;
    private final ParameterViews parameters;
    private final AtomicLong revision = new AtomicLong();
    private volatile boolean oneByOne;

    private GraphModel(Builder builder, INDArray theta) {
        this.graph = builder.graph;
        this.output = builder.output;
        this.features = builder.features == null ? builder.output : builder.features;
        this.objective = builder.objective;
        this.regularizer = builder.regularizer;
        this.theta = theta;
        this.parameters = new ParameterViews(graph, theta);
    }

    /**
     * Starts a model.
     *
     * @param graph the computation
     * @param output the node [n, c] that the loss is taken of
     * @param loss the training loss
     */
    public static Builder builder(Graph graph, Node output, Loss loss) {
        return new Builder(graph, output, new Objective.OfOutputs(output, loss));
    }

    /**
     * Starts a model whose loss is part of its graph, with labels and masks among the arrays of the batch.
     *
     * @param graph the computation
     * @param losses the loss of each example, [n]
     * @param outputs where the loss begins, each [n, ...]: every way from a parameter to the losses leads through one of
     *     them. Gauss-Newton products take the loss for a function of these; the first is the model's output.
     */
    public static Builder builder(Graph graph, Node losses, List<Node> outputs) {
        Check.argument(!outputs.isEmpty(), "outputs is empty: a loss is one of at least one output");
        return new Builder(graph, outputs.get(0), new LossOfGraph(losses, Set.copyOf(outputs)));
    }

    @Override
    public ParameterLayout parameters() {
        return graph.layout();
    }

    @Override
    public INDArray parameterValues() {
        return detached(theta);
    }

    /**
     * Replaces the parameters, for training. Must not run while another thread uses the model; engines that were built before
     * refuse further questions.
     *
     * @param values [p]; copied
     */
    public void setParameterValues(INDArray values) {
        theta.assign(graph.layout().require("values", values));
        revision.incrementAndGet();
    }

    @Override
    public long revision() {
        return revision.get();
    }

    @Override
    public Loss loss() {
        return objective.loss();
    }

    @Override
    public Regularizer regularizer() {
        return regularizer;
    }

    @Override
    public INDArray outputs(Batch batch) {
        return inSession(graph, session -> {
            return objective.measured(evaluate(session, batch, output));
        });
    }

    @Override
    public INDArray features(Batch batch) {
        return inSession(
                graph,
                session -> Shapes.ofExamples(evaluate(session, batch, features).output(), batch.size()));
    }

    @Override
    public INDArray losses(Batch batch) {
        return inSession(graph, session -> objective.losses(evaluate(session, batch, objective.target())));
    }

    @Override
    public INDArray gradient(Batch batch, Measurement measurement) {
        return vectorsInSession(1, (session, gradient) -> {
                    boolean ofLoss = measurement.equals(objective.loss());
                    Pass pass = evaluate(session, batch, ofLoss ? objective.target() : output);
                    INDArray slopes = ofLoss ? objective.slopes(pass) : slopes(measurement, pass);
                    Map<Node, INDArray> adjoint = Map.of(ofLoss ? objective.target() : output, pass.perExample(slopes));
                    pass.backward(WayBack.to(gradient.get(0), adjoint));
                })
                .get(0);
    }

    @Override
    public void exampleGradients(Batch batch, Measurement measurement, GradientSink sink) {
        boolean ofLoss = measurement.equals(objective.loss());
        Node target = ofLoss ? objective.target() : output;
        byExample(batch, target, sink, (pass, first) -> {
            return List.of(Map.of(target, ofLoss ? objective.slopes(pass) : slopes(measurement, pass)));
        });
    }

    @Override
    public void curvatureGradients(Batch batch, int most, GradientSink sink, long... seeds) {
        Check.argument(
                seeds.length == batch.size(),
                "%d seeds for %d examples: give one for each",
                seeds.length,
                batch.size());
        byExample(batch, objective.target(), sink, (pass, first) -> {
            return objective.curvatureSlopes(pass, most, Arrays.copyOfRange(seeds, first, first + pass.batch.size()));
        });
    }

    private interface Beginnings {
        /** Where ways back begin in a pass over the examples from {@code first} on. */
        List<Map<Node, INDArray>> of(Pass pass, int first);
    }

    // Whether examples can be told from each other in a batch is seen when it is tried.
    private void byExample(Batch batch, Node target, GradientSink sink, Beginnings beginnings) {
        if (!oneByOne) {
            try {
                tell(batch, 0, target, sink, beginnings);
                return;
            } catch (ExampleGradients.NotByExample e) {
                oneByOne = true;
            }
        }
        for (int i = 0; i < batch.size(); i++) {
            tell(batch.example(i), i, target, sink, beginnings);
        }
    }

    private void tell(Batch batch, int first, Node target, GradientSink sink, Beginnings beginnings) {
        graph.sessions().once(session -> {
            Pass pass = evaluate(session, batch, target);
            for (Map<Node, INDArray> beginning : beginnings.of(pass, first)) {
                ExampleGradients gradients = new ExampleGradients(graph, batch.size());
                pass.backward(WayBack.to(gradients, beginning));
                gradients.tell(session.kernels(), first, sink);
            }
            return batch;
        });
    }

    @Override
    public INDArray hessianVectorProduct(Batch batch, INDArray vector) {
        return hessianVectorProducts(batch, List.of(vector)).get(0);
    }

    @Override
    public List<INDArray> hessianVectorProducts(Batch batch, List<INDArray> vectors) {
        return productsInSession(
                vectors, (session, products) -> objective.addHessian(along(session, batch, vectors), products));
    }

    @Override
    public List<INDArray> gaussNewtonProducts(Batch batch, List<INDArray> vectors) {
        return productsInSession(
                vectors, (session, products) -> objective.addGaussNewton(along(session, batch, vectors), products));
    }

    @Override
    public Iteration<Batch> iteration(CurvatureMatrix matrix, Recurrence recurrence) {
        double keep = recurrence.keep();
        double factor = recurrence.factor();
        ToDoubleFunction<Parameter> kept = parameter -> keep + 2 * factor * regularizer.coefficient(parameter.name());
        return new InPlaceIteration(
                objective,
                matrix,
                parameters,
                views("vector", recurrence.vectors()),
                kept,
                factor,
                views("added", recurrence.added()));
    }

    private List<ParameterViews> views(String name, List<INDArray> vectors) {
        vectors.forEach(vector -> Check.argument(
                graph.layout().require(name, vector).stride(0) == 1,
                "%s has gaps between its elements, where steps read and write in place: give %s.dup()",
                name,
                name));
        return vectors.stream().map(vector -> new ParameterViews(graph, vector)).toList();
    }

    @Override
    public INDArray directionalDerivatives(Batch batch, INDArray direction) {
        graph.layout().require("direction", direction);
        return inSession(graph, session -> {
            Pass pass = along(session, batch, List.of(direction));
            INDArray derivatives = objective.slopes(pass).mul(pass.outputTangent(0));
            return Shapes.ofExamples(derivatives, batch.size()).sum(1);
        });
    }

    @Override
    public GraphModel replicate() {
        return rebuilt(name -> true);
    }

    /**
     * This model with only some of its trainable parameters trained: influence is then that of a training which leaves the
     * others as they are. What lies below the first of them is frozen, and costs no derivatives. The parameters start at
     * this model's values and are the new model's own.
     *
     * @param patterns names of parameters, in which {@code *} stands for any characters: {@code "layers.5.*"}
     * @throws IllegalArgumentException if a pattern fits no trainable parameter
     */
    public GraphModel restrictedTo(String... patterns) {
        return rebuilt(new NamePatterns(parameters().names(), patterns));
    }

    private GraphModel rebuilt(Predicate<String> trained) {
        Graph.Remainder copy = graph.retrained(parameters, trained);
        return new Builder(copy.graph(), copy(copy, output), moved(copy))
                .features(copy(copy, features))
                .regularizer(regularizer)
                .build();
    }

    /** What depends on no trainable parameter, to be evaluated once per example and kept. */
    public FrozenPart frozenPart() {
        return new FrozenPart(graph, frontier(), parameters);
    }

    /**
     * This model without its frozen part: on batches that {@link FrozenPart#apply} has been applied to it computes the
     * same as this model does on the batches themselves. Its parameters start at this model's values and are its own.
     */
    public GraphModel trainablePart() {
        Graph.Remainder rest = graph.without(FrozenPart.names(graph, frontier()));
        Builder builder = new Builder(rest.graph(), copy(rest, output), moved(rest))
                .features(copy(rest, features))
                .regularizer(regularizer);
        return new GraphModel(builder, AlignedVector.copyOf(theta).vector());
    }

    private List<Node> frontier() {
        return graph.frontier(List.of(objective.target(), output, features));
    }

    private Objective moved(Graph.Remainder rest) {
        return objective.moved(node -> copy(rest, node));
    }

    private static Node copy(Graph.Remainder rest, Node node) {
        return Pass.present(rest.copies().get(node), "the copy", node);
    }

    private Pass evaluate(Session session, Batch batch, Node target) {
        return new Pass(session, parameters, batch, target, List.of());
    }

    private Pass along(Session session, Batch batch, List<INDArray> directions) {
        List<ParameterViews> views = directions.stream()
                .map(direction -> new ParameterViews(graph, direction))
                .toList();
        return new Pass(session, parameters, batch, objective.target(), views);
    }

    private INDArray slopes(Measurement measurement, Pass pass) {
        INDArray outputs = pass.output();
        INDArray rows = Shapes.ofExamples(outputs, pass.batch.size());
        INDArray slopes = measurement.gradient(rows, pass.batch.find(Batch.LABELS));
        return Objective.fitting("the gradient", measurement, rows, slopes, rows.shape())
                .reshape('c', outputs.shape());
    }

    private interface VectorComputation {
        void computeInto(Session session, List<GradientSum> sums);
    }

    /** Computes an array in one pass; what is returned lies outside of it. */
    static INDArray inSession(Graph graph, Function<Session, INDArray> computation) {
        return graph.sessions().once(session -> detached(computation.apply(session)));
    }

    private List<INDArray> productsInSession(List<INDArray> vectors, VectorComputation computation) {
        vectors.forEach(vector -> graph.layout().require("vector", vector));
        return vectorsInSession(vectors.size(), computation);
    }

    private List<INDArray> vectorsInSession(int count, VectorComputation computation) {
        List<INDArray> vectors = new ArrayList<>();
        try (MemoryWorkspace outside = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
            for (int i = 0; i < count; i++) {
                vectors.add(Nd4j.createUninitialized(
                        graph.layout().dataType(), graph.layout().size()));
            }
        }
        return graph.sessions().once(session -> {
            List<GradientSum> sums = vectors.stream()
                    .map(vector -> GradientSum.in(new ParameterViews(graph, vector)))
                    .toList();
            computation.computeInto(session, sums);
            sums.forEach(sum -> sum.complete(session.kernels()));
            return vectors;
        });
    }

    private static INDArray detached(INDArray array) {
        try (MemoryWorkspace outside = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
            return array.dup('c');
        }
    }

    /** Options of a model. Not thread-safe. */
    public static final class Builder {
        private final Graph graph;
        private final Node output;
        private final Objective objective;
        private @Nullable Node features;
        private Regularizer regularizer = Regularizer.none();

        private Builder(Graph graph, Node output, Objective objective) {
            this.graph = graph;
            this.output = output;
            this.objective = objective;
        }

        /** The node [n, d] by which candidates are preselected. Default: the output. */
        public Builder features(Node value) {
            features = value;
            return this;
        }

        /** The regularizer of the training objective. Default: none. */
        public Builder regularizer(Regularizer value) {
            regularizer = value;
            return this;
        }

        /** Returns the model, its parameters at the graph's initial values. */
        public GraphModel build() {
            return new GraphModel(this, graph.initialTheta());
        }
    }
}
