package dev.fastif.hvp.dl4j;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;

/**
 * Penalties of all layers that chance chooses.
 *
 * @param isMean whether training takes the mean over a minibatch
 */
record RandomPenalty(
        double l1,
        double l2,
        double decay,
        double decayWithoutRate,
        double ofBiases,
        IUpdater updater,
        boolean isMean) {
    static RandomPenalty drawn(Chance chance) {
        if (chance.in(0.5)) {
            return new RandomPenalty(0, 0, 0, 0, 0, new Sgd(0.1), chance.in(0.9));
        }
        double strength = chance.between(0.01, 0.5);
        int kind = chance.from(0, 3);
        return new RandomPenalty(
                kind == 0 ? strength : 0,
                kind == 1 ? strength : 0,
                kind == 2 ? strength : 0,
                kind == 3 ? strength : 0,
                chance.in(0.5) ? chance.between(0.01, 0.5) : 0,
                // at a rate of 1 a decay is as strong with the rate as without
                kind == 3 || chance.in(0.5) ? new Sgd(1) : new Adam(0.01),
                chance.in(0.9));
    }

    NeuralNetConfiguration.Builder configuration() {
        NeuralNetConfiguration.Builder builder = new NeuralNetConfiguration.Builder()
                .seed(7)
                .dataType(DataType.DOUBLE)
                .weightInit(WeightInit.XAVIER)
                .updater(updater)
                .miniBatch(isMean)
                // DL4J's workspaces fail on some vertices that stand on inputs
                .trainingWorkspaceMode(WorkspaceMode.NONE)
                .inferenceWorkspaceMode(WorkspaceMode.NONE);
        if (l1 > 0) {
            builder.l1(l1).l1Bias(ofBiases);
        }
        if (l2 > 0) {
            builder.l2(l2).l2Bias(ofBiases);
        }
        if (decay > 0) {
            builder.weightDecay(decay).weightDecayBias(ofBiases);
        }
        if (decayWithoutRate > 0) {
            builder.weightDecay(decayWithoutRate, false).weightDecayBias(ofBiases, false);
        }
        return builder;
    }

    /**
     * The regularizer's value is what DL4J adds to its score. That counts what DL4J does not train, below frozen layers, and
     * leaves out the penalties of attention, which it does train.
     */
    void require(Dl4jModel model, Gradients net, String description) {
        if (!description.contains("Frozen") && !description.contains("Attention")) {
            double expected = net instanceof Gradients.OfLayers layers
                    ? layers.net().calcRegularizationScore(true)
                    : ((Gradients.OfGraph) net).net().calcRegularizationScore(true);
            double found = model.regularizer().value(model.parameters(), model.parameterValues());
            assertEquals(expected, found, 1e-9 * Math.max(1, expected), "the penalty");
        }
    }
}
