package dev.fastif.core;

import dev.fastif.core.internal.Meter;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import java.util.function.IntFunction;
import java.util.function.ObjIntConsumer;
import java.util.stream.IntStream;

/**
 * Walks over examples of a training set in batches of like length, which the workers of a group share: for what is computed of
 * many examples once, such as an index. The batches follow from the ids alone, and results come in their order, so that sums have the
 * same bits on any number of workers.
 *
 * <p>Thread-safe. Owns nothing.
 */
public final class Sweep {
    private final Model model;
    private final TrainingSet trainingSet;
    private final Replicas replicas;

    /** What is computed of a batch. */
    @FunctionalInterface
    public interface Task<T> {
        /**
         * Computes it, on a worker's thread.
         *
         * @param model on the worker's device
         * @param batch the examples; it is released afterwards
         * @param ids their ids
         */
        T of(Model model, Batch batch, int... ids);
    }

    private Sweep(Model model, TrainingSet trainingSet, DeviceGroup devices) {
        this.model = model;
        this.trainingSet = trainingSet;
        this.replicas = Replicas.of(model, devices);
    }

    /** Walks of this model over this training set, on these devices. */
    public static Sweep of(Model model, TrainingSet trainingSet, DeviceGroup devices) {
        return new Sweep(model, trainingSet, devices);
    }

    /**
     * Walks over examples.
     *
     * @param ids of the training set, repetitions included
     * @param stage what {@code progress} hears of, in examples
     * @param task is run for each batch, by several workers at the same time
     * @param inOrder takes each batch's ids and result on the calling thread, in the order of the batches
     * @throws java.util.concurrent.CancellationException if the calling thread is interrupted
     */
    public <T> void over(int[] ids, Stage stage, Progress progress, Task<T> task, BiConsumer<int[], T> inOrder) {
        List<int[]> batches = LengthBatches.of(model, trainingSet).of(trainingSet, ids).stream()
                .map(positions -> LengthBatches.pick(ids, positions))
                .toList();
        Meter meter = new Meter(done -> progress.checkpoint(stage, done, ids.length));
        meter.add(0);
        try (WorkerPool workers = replicas.open()) {
            workers.run(
                    batches.size(),
                    i -> {
                        workers.checkpoint();
                        int[] own = batches.get(i);
                        Batch batch = trainingSet.batch(own);
                        T result = task.of(workers.model(), batch, own.clone());
                        batch.release();
                        meter.add(own.length);
                        return result;
                    },
                    (result, i) -> inOrder.accept(batches.get(i), result));
        }
    }

    /** Independent tasks that take no examples, on the same workers: {@link Workers#run}. */
    public <T> void run(int tasks, IntFunction<T> task, ObjIntConsumer<T> inOrder) {
        try (WorkerPool workers = replicas.open()) {
            workers.run(tasks, task, inOrder);
        }
    }

    /** So many ids of the training set's, drawn by the seed, ascending; all if there are no more. */
    public int[] sample(int count, long seed) {
        int size = trainingSet.size();
        int[] ids = IntStream.range(0, size).toArray();
        if (count >= size) {
            return ids;
        }
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < count; i++) {
            int other = i + random.nextInt(size - i);
            int id = ids[other];
            ids[other] = ids[i];
            ids[i] = id;
        }
        int[] drawn = Arrays.copyOf(ids, count);
        Arrays.sort(drawn);
        return drawn;
    }
}
