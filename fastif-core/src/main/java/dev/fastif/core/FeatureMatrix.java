package dev.fastif.core;

import dev.fastif.core.internal.Check;
import dev.fastif.core.internal.Meter;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The features of a training set, evaluated in batches of like length by all workers: what an index is built of. An engine does
 * this by itself; whoever keeps an index over several runs does it once.
 */
public final class FeatureMatrix {
    private final int size;
    private @Nullable INDArray rows;

    private record Part(Batch batch, INDArray features) {}

    private FeatureMatrix(int size) {
        this.size = size;
    }

    /**
     * Evaluates a model's features.
     *
     * @param devices share the work
     * @param progress hears of stage {@link Stage#INDEX}
     * @return [N, d], row i being those of example i
     * @throws IllegalArgumentException if a feature is not finite
     */
    public static INDArray of(Model model, TrainingSet trainingSet, DeviceGroup devices, Progress progress) {
        try (WorkerPool workers = Replicas.of(model, devices).open()) {
            return of(trainingSet, workers, progress);
        }
    }

    /** The features [N, d] of all training examples. */
    static INDArray of(TrainingSet trainingSet, WorkerPool workers, Progress progress) {
        int size = trainingSet.size();
        int[] all = IntStream.range(0, size).toArray();
        List<int[]> batches = LengthBatches.of(workers.model(), trainingSet).of(trainingSet, all);
        Meter meter = new Meter(done -> progress.checkpoint(Stage.INDEX, done, size));
        meter.add(0);
        FeatureMatrix matrix = new FeatureMatrix(size);
        workers.run(
                batches.size(),
                i -> {
                    Batch batch = trainingSet.batch(batches.get(i));
                    INDArray part = workers.model().features(batch);
                    meter.add(batches.get(i).length);
                    return new Part(batch, part);
                },
                (part, i) -> {
                    matrix.put(workers.local(part.features), batches.get(i));
                    part.batch.release(); // not before: a model may hand out an array of the batch
                });
        if (matrix.rows == null) {
            throw new IllegalStateException("the training set became empty");
        }
        return Check.finite("the features of the training set", matrix.rows);
    }

    private void put(INDArray part, int... ids) {
        if (rows == null) {
            rows = Nd4j.createUninitialized(part.dataType(), new long[] {size, part.size(1)}, 'c');
        }
        for (int i = 0; i < ids.length; i++) {
            rows.slice(ids[i]).assign(part.slice(i));
        }
    }
}
