package dev.fastif.examples.study;

import dev.fastif.core.Batch;
import dev.fastif.core.ForwardingTrainingSet;
import dev.fastif.core.TrainingSet;
import dev.fastif.core.internal.Check;
import java.util.Arrays;
import org.nd4j.linalg.factory.Nd4j;

/** A training set with other class indices as labels. Immutable and thread-safe, as the set it shows is. */
public final class Relabelled extends ForwardingTrainingSet {
    private final int[] labels;

    /** Shows {@code examples} with {@code labels}, one for each. */
    public Relabelled(TrainingSet examples, int... labels) {
        super(examples);
        Check.argument(
                labels.length == examples.size(),
                "there are %s labels for %s examples: each needs one",
                labels.length,
                examples.size());
        this.labels = labels.clone();
    }

    /** The examples with the labels that were predicted for them. */
    public static Relabelled predicted(TrainingSet examples, Predictions predictions) {
        int[] labels = new int[examples.size()];
        Arrays.setAll(labels, predictions::predicted);
        return new Relabelled(examples, labels);
    }

    @Override
    public Batch batch(int... ids) {
        int[] chosen = Arrays.stream(ids).map(id -> labels[id]).toArray();
        return super.batch(ids).with(Batch.LABELS, Nd4j.createFromArray(chosen));
    }
}
