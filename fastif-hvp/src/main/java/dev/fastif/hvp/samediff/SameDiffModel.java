package dev.fastif.hvp.samediff;

import dev.fastif.core.Batch;
import dev.fastif.core.ForwardingModel;
import dev.fastif.core.Model;
import dev.fastif.core.Regularizer;
import dev.fastif.core.internal.Check;
import dev.fastif.hvp.CurvatureMode;
import dev.fastif.hvp.contract.ModelContract;
import dev.fastif.hvp.internal.DifferenceModel;
import dev.fastif.hvp.internal.NetworkModel;
import dev.fastif.hvp.internal.Watch;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A SameDiff graph as a model, with exact derivatives that do not come from SameDiff's own. The graph is read once and never
 * modified; if it was trained on since, or its variables or constants have changed otherwise, {@link #gradient} and
 * {@link #replicate} throw {@link IllegalStateException}. The other methods look at some numbers of each only, by which they
 * notice training.
 *
 * <p>Trained are its variables of real numbers (VariableType.VARIABLE), by their names. Its loss is the sum of all elements of its
 * loss variables: loss operations, sums or means over the examples of a batch, values that are not reduced, which SameDiff sums,
 * and linear functions of these. Either all are means over the examples or all are sums. The loss of an example is what they are on
 * a batch of that example alone, so that of a batch it is the mean, or the sum. What mixes the examples of a batch is
 * refused, at the latest with the first batch. L2 regularization and weight decay of the TrainingConfig are the
 * {@link Regularizer}.
 *
 * <p>Batches carry what the TrainingConfig maps to placeholders: the first features under {@link Batch#FEATURES}, further ones
 * under {@code "features.1"} and so on, labels and masks likewise. Other placeholders, or all of a graph without a
 * TrainingConfig, are carried under their own names. Arrays are brought to the type of their placeholder; {@link
 * IllegalArgumentException} is thrown for those that do not have its shape, and for numbers that are not whole where it is
 * of whole ones.
 *
 * <p>Thread-safe as long as the graph is not trained meanwhile.
 */
public final class SameDiffModel extends ForwardingModel {
    private final NetworkModel network;

    private SameDiffModel(NetworkModel network) {
        super(network);
        this.network = network;
    }

    /**
     * Translates a graph.
     *
     * @throws IllegalArgumentException if operations have no rule: it names them all; or if there are no loss variables
     */
    public static SameDiffModel of(SameDiff sd) {
        return builder(sd).build();
    }

    /** Starts a model with other options. */
    public static Builder builder(SameDiff sd) {
        return new Builder(sd);
    }

    @Override
    public SameDiffModel replicate() {
        return new SameDiffModel(network.replicate());
    }

    /** Options of a model. Not thread-safe. */
    public static final class Builder {
        private final SameDiff sd;
        private @Nullable String output;
        private @Nullable String features;
        private int batchSize;
        private Map<String, OpRules.Rule> own = Map.of();
        private CurvatureMode curvature = CurvatureMode.EXACT;

        private Builder(SameDiff sd) {
            this.sd = sd;
        }

        /**
         * The variable [n, c] that is the model's output, such as its logits. Every way from a parameter to the loss must lead
         * through it. Default: where the loss begins to depend on labels, before softmax, sigmoid and logarithm.
         */
        public Builder output(String variable) {
            output = variable;
            return this;
        }

        /** The variable [n, ...] that candidates are preselected by. Default: the input of the last matrix product. */
        public Builder features(String variable) {
            features = variable;
            return this;
        }

        /**
         * A rule for an operation that fastif has none for, by its name ({@code opName()}). Try it by
         * {@link #check}. With {@link CurvatureMode#FINITE_DIFFERENCE} no rules are looked at.
         *
         * @throws IllegalArgumentException if the operation has a rule already
         */
        public Builder rule(String op, OpRule rule) {
            own = OpRules.with(own, op, rule);
            return this;
        }

        /**
         * How derivatives are made. Default: {@link CurvatureMode#EXACT}. {@link CurvatureMode#FINITE_DIFFERENCE} is for graphs
         * with operations that have no rule: central differences of SameDiff's own gradients, the first of which is compared with
         * the slope of its losses. They are those of the Hessian, so that an engine must be asked for
         * {@link dev.fastif.core.CurvatureMatrix#HESSIAN}, and take a forward pass for each example's loss.
         */
        public Builder curvature(CurvatureMode value) {
            curvature = value;
            return this;
        }

        /**
         * How many examples a step of training took. It is needed where the loss is a sum over the examples of a batch and the
         * TrainingConfig has a penalty, which then weighs a batch's size less than beside a mean.
         */
        public Builder batchSize(int examples) {
            batchSize = Check.positive("examples", examples);
            return this;
        }

        /**
         * Returns the model.
         *
         * @throws IllegalArgumentException if operations or their options have no rule (it names them all), if there is no loss or
         *     none of single examples, if there is no such variable, or if the penalties need {@link #batchSize}
         */
        public SameDiffModel build() {
            // what a model keeps outlives a caller's workspace
            try (MemoryWorkspace outside = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
                return made();
            }
        }

        private DifferenceModel differences(Source source, Placeholders placeholders) {
            return new Translation(source, placeholders, own).differences(output, features, batchSize);
        }

        /**
         * Compares the model on a batch with SameDiff's losses, and its derivatives with central differences of these: for tests of
         * rules. The graph must compute in double precision; its gradients by SameDiff are not asked.
         *
         * @throws AssertionError if they differ; the message says in what, and by how much
         */
        public void check(Batch batch) {
            Source source = new Source(sd);
            Placeholders placeholders = new Placeholders(sd.getTrainingConfig());
            DifferenceModel sameDiff = differences(source, placeholders);
            Batch complete = placeholders.complete(batch, source.placeholders());
            ModelContract.check(build(), theta -> sameDiff.lossesAt(theta, complete), batch);
        }

        private SameDiffModel made() {
            Watch watch = Watch.over(
                    Source.values(sd),
                    "the graph's variables have changed since the model was made of it: make a new SameDiffModel, and a new engine");
            Source source = new Source(sd);
            Placeholders placeholders = new Placeholders(sd.getTrainingConfig());
            Model model = curvature == CurvatureMode.EXACT
                    ? new Translation(source, placeholders, own).model(output, features, batchSize)
                    : differences(source, placeholders);
            List<SDVariable> declared = source.placeholders();
            Company company = new Company(model);
            return new SameDiffModel(new NetworkModel(
                    model,
                    watch,
                    batch -> company.require(placeholders.complete(batch, declared)),
                    curvature == CurvatureMode.EXACT ? NetworkModel.FOR_A_GRAPH : NetworkModel.FOR_A_NETWORK));
        }
    }
}
