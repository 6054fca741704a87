package dev.fastif.examples.study;

import dev.fastif.core.Batch;
import dev.fastif.core.LengthBatches;
import dev.fastif.core.Model;
import dev.fastif.core.TrainingSet;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What a classifier says about examples with class indices as labels, and how often it is right. Immutable. */
public final class Predictions {
    private static final LengthBatches BATCHES = new LengthBatches(64, 4096);

    private final double[][] probabilities;
    private final int[] labels;

    private Predictions(double[][] probabilities, int... labels) {
        this.probabilities = probabilities;
        this.labels = labels;
    }

    /** Evaluates a model on all examples. */
    public static Predictions of(Model model, TrainingSet examples) {
        double[][] probabilities = new double[examples.size()][];
        int[] labels = new int[examples.size()];
        for (int[] ids : BATCHES.of(examples, IntStream.range(0, labels.length).toArray())) {
            Batch batch = examples.batch(ids);
            double[][] part = probabilities(model, batch);
            int[] classes = classes(batch);
            for (int i = 0; i < ids.length; i++) {
                probabilities[ids[i]] = part[i];
                labels[ids[i]] = classes[i];
            }
        }
        return new Predictions(probabilities, labels);
    }

    /** The probabilities of the classes for each example of a batch. */
    public static double[][] probabilities(Model model, Batch batch) {
        return Nd4j.nn().softmax(model.outputs(batch), 1).toDoubleMatrix();
    }

    static int[] classes(Batch batch) {
        INDArray labels = batch.get(Batch.LABELS);
        return labels.rank() == 1 ? labels.toIntVector() : labels.argMax(1).toIntVector();
    }

    /** How many examples there are. */
    public int size() {
        return labels.length;
    }

    /** The class that the model gives the highest probability. */
    public int predicted(int position) {
        return highest(probabilities[position]);
    }

    /** The true class. */
    public int label(int position) {
        return labels[position];
    }

    /** The probability of the true class. */
    public double probability(int position) {
        return probabilities[position][labels[position]];
    }

    /** The negative logarithm of {@link #probability}. */
    public double loss(int position) {
        return -Math.log(Math.max(Double.MIN_NORMAL, probability(position)));
    }

    /** Whether the true class is predicted. */
    public boolean isCorrect(int position) {
        return predicted(position) == labels[position];
    }

    /** The share of correct predictions. */
    public double accuracy() {
        return accuracy(all());
    }

    /** The share of correct predictions among these. */
    public double accuracy(int... positions) {
        return Arrays.stream(positions).filter(this::isCorrect).count() / (double) positions.length;
    }

    /** The mean loss. */
    public double meanLoss() {
        return meanLoss(all());
    }

    /** The mean loss of these. */
    public double meanLoss(int... positions) {
        return Arrays.stream(positions).mapToDouble(this::loss).average().orElse(Double.NaN);
    }

    /** The accuracy of always answering the most frequent class. */
    public double majority() {
        int[] counts = new int[probabilities[0].length];
        for (int label : labels) {
            counts[label]++;
        }
        return Arrays.stream(counts).max().orElse(0) / (double) labels.length;
    }

    /** The position of the wrong prediction that the model is surest of; if there is none, of the least sure one. */
    public int surestMistake() {
        int found = 0;
        for (int i = 1; i < labels.length; i++) {
            found = probability(i) < probability(found) ? i : found;
        }
        return found;
    }

    /** The first {@code count} positions of which half are predicted correctly and half are not, as far as there are. */
    public int[] balanced(int count) {
        return IntStream.concat(
                        Arrays.stream(correct()).limit((count + 1) / 2),
                        Arrays.stream(wrong()).limit(count / 2))
                .sorted()
                .toArray();
    }

    /** The positions of the correct predictions. */
    public int[] correct() {
        return Arrays.stream(all()).filter(this::isCorrect).toArray();
    }

    /** The positions of the wrong predictions. */
    public int[] wrong() {
        return Arrays.stream(all()).filter(i -> !isCorrect(i)).toArray();
    }

    private int[] all() {
        return IntStream.range(0, labels.length).toArray();
    }

    /** The position of the largest. */
    public static int highest(double... values) {
        int best = 0;
        for (int i = 1; i < values.length; i++) {
            best = values[i] > values[best] ? i : best;
        }
        return best;
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "accuracy %.1f%% on %,d evaluation pairs (majority class: %.1f%%)",
                100 * accuracy(),
                size(),
                100 * majority());
    }
}
