package dev.fastif.hvp.dl4j;

import dev.fastif.core.Batch;
import dev.fastif.core.internal.Check;
import dev.fastif.hvp.autodiff.Graph;
import dev.fastif.hvp.autodiff.Node;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The arrays of the batch that a network takes, and what a batch lacks of them: masks that are not given are ones.
 * Mutable while a network is translated, not afterwards.
 */
final class Inputs {
    /** In DL4J the mask of a sequence is [n, t]. */
    private record Sequence(String array, RNNFormat format) {}

    private static final String LACKING = ".lacking";

    private final Features features = new Features();
    private final Map<String, @Nullable Sequence> labelMasks = new LinkedHashMap<>();
    private final Map<String, LabelShapes> labelShapes = new LinkedHashMap<>();

    /** The name of array {@code i} of its kind: "features", "features.1", "features.2". */
    static String name(String kind, int i) {
        return i == 0 ? kind : kind + "." + i;
    }

    /** The features and their masks. */
    Features features() {
        return features;
    }

    /** The mask of output {@code i}: [n, t, ...] if that is a sequence, or [n, ...]. */
    Node labelsMask(Graph.Builder builder, int i, LabelShapes shapes) {
        RNNFormat format = shapes.format();
        String mask = name(Batch.LABELS_MASK, i);
        labelShapes.put(mask, shapes);
        labelMasks.put(mask, format == null ? null : new Sequence(name(Batch.LABELS, i), format));
        return builder.input(mask);
    }

    /** 1 if the batch has no mask of output {@code i}'s labels, else 0: [n, 1, 1]. */
    Node lacksLabelsMask(Graph.Builder builder, int i) {
        return builder.input(name(Batch.LABELS_MASK, i) + LACKING);
    }

    /** The batch with all masks in the form that the graph takes. */
    Batch complete(Batch batch) {
        Batch complete = features.complete(batch);
        for (Map.Entry<String, @Nullable Sequence> entry : labelMasks.entrySet()) {
            String labels = entry.getKey().replaceFirst(Batch.LABELS_MASK, Batch.LABELS);
            INDArray array = batch.find(labels);
            if (array != null) {
                require(entry.getKey(), batch.find(entry.getKey()), labels, array);
                complete = array.rank() == 1 ? complete.with(labels, array.reshape(array.length(), 1)) : complete;
                INDArray mask = batch.find(entry.getKey());
                complete = complete.with(entry.getKey(), labelsMask(mask, array, entry.getValue()))
                        .with(
                                entry.getKey() + LACKING,
                                Nd4j.valueArrayOf(new long[] {array.size(0), 1, 1}, mask == null ? 1.0 : 0.0));
            }
        }
        return complete;
    }

    private void require(String maskName, @Nullable INDArray mask, String name, INDArray labels) {
        LabelShapes shapes = labelShapes.get(maskName);
        if (shapes != null) {
            shapes.requireLabels(name, labels);
            if (mask != null) {
                shapes.requireMask(maskName, mask, labels);
            }
        }
    }

    private static INDArray labelsMask(@Nullable INDArray given, INDArray labels, @Nullable Sequence sequence) {
        if (sequence == null) {
            return given == null
                    ? Nd4j.ones(labels.size(0), 1)
                    : given.rank() == 1 ? given.reshape(given.length(), 1) : given;
        }
        if (given != null && given.rank() == 3) { // one number for each output of each step
            return sequence.format() == RNNFormat.NCW ? given.permute(0, 2, 1) : given;
        }
        return steps(given, labels, sequence.format());
    }

    private static INDArray steps(@Nullable INDArray mask, INDArray sequence, RNNFormat format) {
        long steps = sequence.rank() == 3 && format == RNNFormat.NWC ? sequence.size(1) : sequence.size(-1);
        if (mask == null) {
            return Nd4j.ones(sequence.size(0), steps, 1);
        }
        Check.argument(
                mask.length() == sequence.size(0) * steps,
                "a mask has shape %s: it must be [%d, %d], one number for each step",
                Arrays.toString(mask.shape()),
                sequence.size(0),
                steps);
        return mask.dup('c').reshape('c', sequence.size(0), steps, 1);
    }
}
