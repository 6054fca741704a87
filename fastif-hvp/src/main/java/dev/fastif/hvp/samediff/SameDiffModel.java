package dev.fastif.hvp.samediff;

import dev.fastif.core.Batch;
import dev.fastif.core.Loss;
import dev.fastif.core.Measurement;
import dev.fastif.core.Model;
import dev.fastif.core.ParameterLayout;
import dev.fastif.core.Regularizer;
import dev.fastif.hvp.autodiff.GraphModel;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A SameDiff graph as a model, with exact derivatives that do not come from SameDiff's own. The graph is read once and never
 * modified; if its variables or constants have changed since, every method throws {@link IllegalStateException}.
 *
 * <p>Trained are its variables (VariableType.VARIABLE), by their names; its loss is the sum of its loss variables, each of
 * which must be reduced from losses of single examples (by a loss operation, a mean or a sum over everything, or vectors [n]
 * of losses). The loss of an example is what the loss variable is on a batch of that example alone, so that a mean over a
 * batch is the mean of its examples' losses. L2 regularization of the TrainingConfig is the {@link Regularizer}.
 *
 * <p>Batches carry what the TrainingConfig maps to placeholders: the first features under {@link Batch#FEATURES}, further ones
 * under {@code "features.1"} and so on, labels and masks likewise. Other placeholders, or all of a graph without a
 * TrainingConfig, are carried under their own names. Placeholders of whole numbers stay whole numbers.
 *
 * <p>Thread-safe as long as the graph is not trained meanwhile.
 */
public final class SameDiffModel implements Model {
    private final Map<String, INDArray> values;
    private final long fingerprint;
    private final GraphModel model;

    private SameDiffModel(Map<String, INDArray> values, long fingerprint, GraphModel model) {
        this.values = values;
        this.fingerprint = fingerprint;
        this.model = model;
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

    private GraphModel current() {
        if (fingerprint(values) != fingerprint) {
            throw new IllegalStateException(
                    "the graph's variables have changed since the model was made of it: make a new SameDiffModel, and a new engine");
        }
        return model;
    }

    private static long fingerprint(Map<String, INDArray> values) {
        CRC32C hash = new CRC32C();
        values.values().forEach(value -> hash.update(value.data().asNio().duplicate()));
        return hash.getValue();
    }

    @Override
    public ParameterLayout parameters() {
        return model.parameters();
    }

    @Override
    public INDArray parameterValues() {
        return current().parameterValues();
    }

    @Override
    public Loss loss() {
        return model.loss();
    }

    @Override
    public Regularizer regularizer() {
        return model.regularizer();
    }

    @Override
    public INDArray outputs(Batch batch) {
        return current().outputs(batch);
    }

    @Override
    public INDArray features(Batch batch) {
        return current().features(batch);
    }

    @Override
    public INDArray losses(Batch batch) {
        return current().losses(batch);
    }

    @Override
    public INDArray gradient(Batch batch, Measurement measurement) {
        return current().gradient(batch, measurement);
    }

    @Override
    public INDArray hessianVectorProduct(Batch batch, INDArray vector) {
        return current().hessianVectorProduct(batch, vector);
    }

    @Override
    public List<INDArray> hessianVectorProducts(Batch batch, List<INDArray> vectors) {
        return current().hessianVectorProducts(batch, vectors);
    }

    @Override
    public List<INDArray> gaussNewtonProducts(Batch batch, List<INDArray> vectors) {
        return current().gaussNewtonProducts(batch, vectors);
    }

    @Override
    public INDArray directionalDerivatives(Batch batch, INDArray direction) {
        return current().directionalDerivatives(batch, direction);
    }

    @Override
    public SameDiffModel replicate() {
        return new SameDiffModel(values, fingerprint, current().replicate());
    }

    /** Options of a model. Not thread-safe. */
    public static final class Builder {
        private final SameDiff sd;
        private @Nullable String output;
        private @Nullable String features;

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
         * Returns the model.
         *
         * @throws IllegalArgumentException if operations have no rule, there is no loss, or no such variable
         */
        public SameDiffModel build() {
            Map<String, INDArray> values = Translation.values(sd);
            return new SameDiffModel(values, fingerprint(values), Translation.of(sd, output, features));
        }
    }
}
