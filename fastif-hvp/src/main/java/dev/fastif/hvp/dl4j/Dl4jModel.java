package dev.fastif.hvp.dl4j;

import dev.fastif.core.Batch;
import dev.fastif.core.ForwardingModel;
import dev.fastif.core.Regularizer;
import dev.fastif.core.internal.Check;
import dev.fastif.hvp.CurvatureMode;
import dev.fastif.hvp.contract.ModelContract;
import dev.fastif.hvp.internal.DifferenceModel;
import dev.fastif.hvp.internal.NetworkModel;
import dev.fastif.hvp.internal.Watch;
import java.util.List;
import java.util.function.UnaryOperator;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A network of DL4J as a model, at inference: without dropout, with the statistics of BatchNormalization as they are.
 * Derivatives are exact ({@link CurvatureMode#EXACT}) unless finite differences are asked for. The network is read once and
 * never modified; if it was trained on since, or its parameters have changed otherwise, {@link #gradient} and {@link #replicate}
 * throw {@link IllegalStateException}. The other methods look at some parameters only, by which they notice training.
 *
 * <p>Batches carry {@link Batch#FEATURES} and {@link Batch#LABELS} as DL4J takes them (images [n, c, h, w], sequences
 * [n, c, t], or the layer's own format), and masks, if there are any, under {@link Batch#FEATURES_MASK} [n, t] and
 * {@link Batch#LABELS_MASK}. A ComputationGraph's further inputs and outputs are {@code "features.1"}, {@code "labels.1"},
 * {@code "featuresMask.1"}, {@code "labelsMask.1"} and so on. Masks of features, of 0 and 1, do inside of the network what DL4J's
 * layers do with them. Parameters have DL4J's names ({@code "0_W"}) and shapes, but for
 * biases, which are [c], and lie in C order. The loss of an example is DL4J's score of it: summed over the steps of a
 * sequence and over the outputs. L2 and weight decay are the {@link Regularizer}.
 *
 * <p>Thread-safe as long as the network is not trained meanwhile.
 */
public final class Dl4jModel extends ForwardingModel {
    private final NetworkModel network;

    private Dl4jModel(NetworkModel network) {
        super(network);
        this.network = network;
    }

    /**
     * Translates a network, with exact derivatives and the input of the output layer as features.
     *
     * @throws IllegalArgumentException if a layer has no exact rule: it names all such layers
     */
    public static Dl4jModel of(MultiLayerNetwork net) {
        return builder(net).build();
    }

    /**
     * Translates a network, with exact derivatives and the input of the first output layer as features.
     *
     * @throws IllegalArgumentException if a layer or vertex has no exact rule: it names all of these
     */
    public static Dl4jModel of(ComputationGraph net) {
        return builder(net).build();
    }

    /** Starts a model with other options. */
    public static Builder builder(MultiLayerNetwork net) {
        return new Builder(Source.of(net), Gradients.of(net));
    }

    /** Starts a model with other options. */
    public static Builder builder(ComputationGraph net) {
        return new Builder(Source.of(net), Gradients.of(net));
    }

    /**
     * What the first output layer's loss is a function of, before its activation: [n, c], of sequences [n, t c].
     */
    @Override
    public INDArray outputs(Batch batch) {
        return super.outputs(batch);
    }

    @Override
    public Dl4jModel replicate() {
        return new Dl4jModel(network.replicate());
    }

    /** Options of a model. Not thread-safe. */
    public static final class Builder {
        private final Source source;
        private final Gradients.Maker gradients;
        private @Nullable String features;
        private @Nullable Regularizer regularizer;
        private OwnRules own = OwnRules.none();
        private CurvatureMode curvature = CurvatureMode.EXACT;

        private Builder(Source source, Gradients.Maker gradients) {
            this.source = source;
            this.gradients = gradients;
        }

        /**
         * The layer (of a MultiLayerNetwork its number, "0") or vertex whose output candidates are preselected by. Default:
         * the input of the first output layer. Images are flattened, sequences averaged over their steps.
         */
        public Builder features(String layer) {
            features = layer;
            return this;
        }

        /**
         * What training adds to the mean loss, in place of the penalties of the network's configuration: for those whose strength
         * the configuration does not tell.
         */
        public Builder regularizer(Regularizer value) {
            regularizer = value;
            return this;
        }

        /**
         * A rule for a hidden layer that fastif has none for, such as one of your own. It holds for this class alone, wherever
         * it stands, inside of wrappers too. The rule sees no masks: batches with a mask that would reach it are refused. Try it by
         * {@link #check}. With {@link CurvatureMode#FINITE_DIFFERENCE} no rules are looked at.
         *
         * @param takes what the layer takes
         * @param gives what it gives on
         * @throws IllegalArgumentException if the layer has a rule already
         */
        public <L extends Layer> Builder rule(
                Class<L> layer, DataKind takes, DataKind gives, LayerRule<? super L> rule) {
            own = own.with(layer, takes, gives, rule);
            return this;
        }

        /**
         * The same for a vertex of a ComputationGraph, all of whose inputs are of one kind.
         *
         * @throws IllegalArgumentException if the vertex has a rule already
         */
        public <V extends GraphVertex> Builder rule(
                Class<V> vertex, DataKind takes, DataKind gives, VertexRule<? super V> rule) {
            own = own.with(vertex, takes, gives, rule);
            return this;
        }

        /** How derivatives are made. Default: {@link CurvatureMode#EXACT}. */
        public Builder curvature(CurvatureMode value) {
            curvature = value;
            return this;
        }

        /**
         * Returns the model.
         *
         * @throws IllegalArgumentException if a layer has no exact rule, if the network's numbers are neither float nor
         *     double, if there is no layer of the features' name, if the configuration does not tell how strong a penalty is, or if a
         *     constraint holds parameters at its bound
         */
        public Dl4jModel build() {
            // what a model keeps outlives a caller's workspace
            try (MemoryWorkspace outside = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
                return made();
            }
        }

        private DifferenceModel differences(Regularizer penalty) {
            return new DifferenceModel(() -> new Dl4jNetwork(source, gradients.copy(), features, penalty));
        }

        /**
         * Compares the model on a batch with DL4J's scores, and its derivatives with central differences of these: for tests of rules.
         * The network must compute in double precision; its gradients by DL4J are not asked.
         *
         * @throws AssertionError if they differ; the message says in what, and by how much
         */
        public void check(Batch batch) {
            DifferenceModel dl4j = differences(Regularizer.none());
            ModelContract.check(build(), theta -> dl4j.lossesAt(theta, batch), batch);
        }

        private Dl4jModel made() {
            DataType type = source.dataType();
            Check.argument(
                    type == DataType.FLOAT || type == DataType.DOUBLE,
                    "the network computes in %s: convert it to FLOAT or DOUBLE",
                    type);
            Watch watch = Watch.over(
                    List.of(source.flat()),
                    "the network's parameters have changed since the model was made of it: make a new Dl4jModel, and a new engine");
            Constraints.requireNoneHolds(source);
            Regularizer penalty = regularizer == null ? Penalties.of(source) : regularizer;
            if (curvature == CurvatureMode.FINITE_DIFFERENCE) {
                return new Dl4jModel(new NetworkModel(
                        differences(penalty), watch, UnaryOperator.identity(), NetworkModel.FOR_A_NETWORK));
            }
            Translation.Result result = Translation.of(source, own, features, penalty);
            return new Dl4jModel(
                    new NetworkModel(result.model(), watch, result.inputs()::complete, NetworkModel.FOR_A_GRAPH));
        }
    }
}
