package dev.fastif.core;

import dev.fastif.core.internal.Check;
import dev.fastif.core.internal.Memory;
import dev.fastif.core.internal.Meter;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Scores candidates: {@code I(z) = -s_test . grad loss(z)} (paper, equation 4), as the directional derivatives of their
 * losses along s_test, in batches of like length that the workers share. No gradient of an example is ever formed.
 */
record Scorer(TrainingSet trainingSet, LengthBatches batching) {
    /** The influences of these examples, in their order. The meter counts examples. */
    double[] influences(WorkerPool workers, INDArray sTest, Meter meter, int... ids) {
        List<int[]> batches = batching.of(trainingSet, ids);
        double[] influences = new double[ids.length];
        workers.run(
                batches.size(),
                i -> score(workers, sTest, meter, LengthBatches.pick(ids, batches.get(i))),
                (values, i) -> place(values, batches.get(i), influences));
        return influences;
    }

    private double[] score(WorkerPool workers, INDArray sTest, Meter meter, int... ids) {
        workers.checkpoint();
        Batch batch = trainingSet.batch(ids);
        INDArray derivatives;
        try {
            derivatives = workers.model().directionalDerivatives(batch, workers.local(sTest));
        } finally {
            batch.release();
        }
        Check.finite("the influences of a batch of candidates", derivatives);
        meter.add(ids.length);
        double[] influences = derivatives.negi().toDoubleVector();
        Memory.free(derivatives);
        return influences;
    }

    private static void place(double[] values, int[] positions, double... influences) {
        for (int i = 0; i < positions.length; i++) {
            influences[positions[i]] = values[i];
        }
    }
}
