package dev.fastif.examples.nli;

import dev.fastif.core.internal.Check;
import java.util.List;

/**
 * Examples to train a classifier on and examples to evaluate it on. Immutable and thread-safe.
 *
 * @param description where the examples come from, for people to read
 * @param labels what the classes are called, in the order of their indices
 * @param training at least one
 * @param evaluation at least one; disjoint from the others
 */
public record TextData(
        String description, List<String> labels, List<TextExample> training, List<TextExample> evaluation) {
    /** Copies the lists. */
    public TextData {
        labels = List.copyOf(labels);
        training = List.copyOf(training);
        evaluation = List.copyOf(evaluation);
        Check.argument(!training.isEmpty(), "%s has no training examples", description);
        Check.argument(!evaluation.isEmpty(), "%s has no evaluation examples", description);
    }

    /** Changes whenever any of the texts or labels does. */
    public String fingerprint() {
        long hash = labels.hashCode();
        for (List<TextExample> part : List.of(training, evaluation)) {
            for (TextExample example : part) {
                hash = 31 * hash + example.first().hashCode();
                hash = 31 * hash + example.second().hashCode();
                hash = 31 * hash + example.label();
            }
        }
        return Long.toHexString(hash);
    }

    /** These examples, with others to evaluate on. */
    public TextData withEvaluation(List<TextExample> others) {
        return new TextData(description, labels, training, others);
    }
}
