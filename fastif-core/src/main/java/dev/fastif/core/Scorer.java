package dev.fastif.core;

import dev.fastif.core.internal.Check;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Scores candidates: {@code I(z) = -s_test . grad loss(z)} (paper, equation 4), as the directional derivatives of their
 * losses along s_test, in batches of like length. No gradient of an example is ever formed.
 */
record Scorer(Model model, TrainingSet trainingSet, LengthBatches batching) {
    /** The influences of these examples, in their order. */
    double[] influences(INDArray sTest, Progress progress, int... ids) {
        List<int[]> batches = batching.of(trainingSet, ids);
        double[] influences = new double[ids.length];
        int done = 0;
        progress.checkpoint(Stage.SCORING, 0, ids.length);
        for (int[] positions : batches) {
            INDArray derivatives =
                    model.directionalDerivatives(trainingSet.batch(LengthBatches.pick(ids, positions)), sTest);
            Check.finite("the influences of a batch of candidates", derivatives);
            for (int i = 0; i < positions.length; i++) {
                influences[positions[i]] = -derivatives.getDouble(i);
            }
            done += positions.length;
            progress.checkpoint(Stage.SCORING, done, ids.length);
        }
        return influences;
    }
}
