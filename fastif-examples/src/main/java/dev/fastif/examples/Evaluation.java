package dev.fastif.examples;

import dev.fastif.examples.nli.NliLabel;
import dev.fastif.examples.nli.NliTask;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.IntStream;

/** How a classifier does on the evaluation pairs. */
final class Evaluation {
    private final NliTask task;
    private final double[][] probabilities;

    Evaluation(NliTask task) {
        this.task = task;
        this.probabilities = task.evaluate();
    }

    double accuracy() {
        int correct = 0;
        for (int i = 0; i < probabilities.length; i++) {
            correct += predicted(probabilities[i]) == label(i) ? 1 : 0;
        }
        return (double) correct / probabilities.length;
    }

    /** The accuracy of always answering the most frequent label. */
    double majority() {
        int[] counts = new int[NliLabel.values().length];
        int most = 0;
        for (int i = 0; i < probabilities.length; i++) {
            most = Math.max(most, ++counts[label(i).index()]);
        }
        return (double) most / probabilities.length;
    }

    /** The position of the wrong prediction that the model is surest of; if there is none, of the least sure one. */
    int surestMistake() {
        int found = 0;
        double highest = -1;
        for (int i = 0; i < probabilities.length; i++) {
            double wrongness = 1 - probabilities[i][label(i).index()];
            if (wrongness > highest) {
                highest = wrongness;
                found = i;
            }
        }
        return found;
    }

    /** The first {@code count} positions of which half are predicted correctly and half are not, as far as there are. */
    int[] balanced(int count) {
        int[] correct = IntStream.range(0, size()).filter(this::isCorrect).toArray();
        int[] wrong = IntStream.range(0, size()).filter(i -> !isCorrect(i)).toArray();
        return IntStream.concat(
                        Arrays.stream(correct).limit((count + 1) / 2),
                        Arrays.stream(wrong).limit(count / 2))
                .sorted()
                .toArray();
    }

    private boolean isCorrect(int i) {
        return predicted(probabilities[i]) == label(i);
    }

    int size() {
        return probabilities.length;
    }

    private NliLabel label(int position) {
        return task.evaluationPair(position).label();
    }

    static NliLabel predicted(double... probabilities) {
        int best = 0;
        for (int i = 1; i < probabilities.length; i++) {
            best = probabilities[i] > probabilities[best] ? i : best;
        }
        return NliLabel.ofIndex(best);
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
