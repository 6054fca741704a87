package dev.fastif.examples.nli;

import dev.fastif.core.LengthBatches;
import dev.fastif.core.ParameterLayout;
import dev.fastif.core.Regularizer;
import dev.fastif.core.TrainingSet;
import dev.fastif.core.internal.Check;
import dev.fastif.hvp.autodiff.GraphModel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * Trains a model by AdamW: ND4J's Adam on our gradients, a learning rate that rises linearly over the warm-up and then
 * falls linearly to 0, and weight decay taken from the parameters themselves, of those that the model's regularizer
 * applies to and by its coefficient.
 *
 * @param epochs passes over the training set, at least 1
 * @param batchSize examples of like length in a step, at least 1
 * @param learningRate the highest learning rate
 * @param warmUp steps until it is reached, at least 1
 * @param seed of the order of examples
 */
public record FineTuning(int epochs, int batchSize, double learningRate, int warmUp, long seed) {
    private static final int LONGEST_BATCH = 4096;

    /** Hears of each step. */
    @FunctionalInterface
    public interface Listener {
        /** {@code done} of {@code total} steps are finished. */
        void step(int done, int total);
    }

    /** Checks the settings. */
    public FineTuning {
        Check.positive("epochs", epochs);
        Check.positive("batchSize", batchSize);
        Check.positive("learningRate", learningRate);
        Check.positive("warmUp", warmUp);
    }

    /** Trains the model in place. */
    public void train(GraphModel model, TrainingSet trainingSet, Listener listener) {
        train(model, trainingSet, Set.of(), listener);
    }

    /**
     * Trains the model in place as if some examples were not there: each batch is what it would be with them, less these, so
     * that nothing else differs from the training with them.
     *
     * @param without ids to leave out
     */
    public void train(GraphModel model, TrainingSet trainingSet, Set<Integer> without, Listener listener) {
        List<int[]> steps = steps(trainingSet).stream()
                .map(ids ->
                        IntStream.of(ids).filter(id -> !without.contains(id)).toArray())
                .filter(ids -> ids.length > 0)
                .toList();
        ISchedule schedule = new WarmUpAndDecay(learningRate, warmUp, steps.size());
        long size = model.parameters().size();
        GradientUpdater<?> updater =
                new Adam(schedule).instantiate(Nd4j.create(model.parameters().dataType(), 1, 2 * size), true);
        INDArray theta = model.parameterValues();
        for (int step = 0; step < steps.size(); step++) {
            if (Thread.currentThread().isInterrupted()) {
                throw new java.util.concurrent.CancellationException("interrupted in training step " + step);
            }
            INDArray gradient = model.gradient(trainingSet.batch(steps.get(step)));
            updater.applyUpdater(gradient.reshape(1, size), step, 0);
            decay(model, theta, schedule.valueAt(step, 0));
            theta.subi(gradient);
            gradient.close();
            model.setParameterValues(theta);
            listener.step(step + 1, steps.size());
        }
        Check.finite("the trained parameters (is learningRate " + learningRate + " too large?)", theta);
    }

    private static void decay(GraphModel model, INDArray theta, double rate) {
        ParameterLayout layout = model.parameters();
        Regularizer regularizer = model.regularizer();
        for (String name : layout.names()) {
            if (regularizer.appliesTo(name)) {
                layout.view(theta, name).muli(1 - rate * regularizer.coefficient());
            }
        }
    }

    /** The batches of all epochs: each holds examples of like length, but their order is random. */
    private List<int[]> steps(TrainingSet trainingSet) {
        Random random = new Random(seed);
        List<Integer> order =
                new ArrayList<>(IntStream.range(0, trainingSet.size()).boxed().toList());
        LengthBatches batching = new LengthBatches(batchSize, LONGEST_BATCH);
        List<int[]> steps = new ArrayList<>();
        for (int epoch = 0; epoch < epochs; epoch++) {
            Collections.shuffle(order, random);
            int[] ids = order.stream().mapToInt(Integer::intValue).toArray();
            List<int[]> batches = new ArrayList<>();
            for (int[] positions : batching.of(trainingSet, ids)) {
                batches.add(
                        IntStream.of(positions).map(position -> ids[position]).toArray());
            }
            Collections.shuffle(batches, random);
            steps.addAll(batches);
        }
        return steps;
    }

    /**
     * Rises linearly to the peak, then falls linearly to 0. (ND4J's {@code PolySchedule} is no decay: it grows with the
     * iteration.)
     */
    record WarmUpAndDecay(double peak, int warmUp, int steps) implements ISchedule {
        private static final long serialVersionUID = 1L;

        @Override
        public double valueAt(int step, int epoch) {
            double risen = Math.min(1, (step + 1.0) / warmUp);
            double left = (steps - step) / (double) Math.max(1, steps - warmUp);
            return peak * Math.min(risen, left);
        }

        @Override
        public ISchedule clone() {
            return this;
        }
    }
}
