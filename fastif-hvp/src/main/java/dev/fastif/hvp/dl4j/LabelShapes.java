package dev.fastif.hvp.dl4j;

import dev.fastif.core.internal.Check;
import java.util.Arrays;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What labels and their mask must look like for one output of a network, as DL4J demands it: arrays of other shapes would be
 * spread over the outputs and give numbers.
 *
 * @param loss the name of the loss, for messages
 * @param width the number of outputs, or -1 if the configuration does not tell
 * @param format of a sequence, or null of rows
 * @param joint whether an output's loss depends on the others, as behind softmax
 * @param ofClasses whether a label is the number of a class
 */
record LabelShapes(String loss, long width, @Nullable RNNFormat format, boolean joint, boolean ofClasses) {
    /** Checks the labels of a batch. */
    void requireLabels(String name, INDArray labels) {
        if (ofClasses) {
            new LabelShapes(loss + " (numbers of classes)", 1, format, false, false).requireLabels(name, labels);
            requireClasses(name, labels);
            return;
        }
        int channels = format == RNNFormat.NWC ? 2 : 1;
        boolean fits = format == null ? labels.rank() == 2 || (labels.rank() == 1 && width <= 1) : labels.rank() == 3;
        boolean wide = width < 1 || (labels.rank() == 1 ? width == 1 : fits && labels.size(channels) == width);
        Check.argument(
                fits && wide,
                "array '%s' has shape %s: %s takes %s, a number for each output (for a class a row that is 1 in its column)",
                name,
                Arrays.toString(labels.shape()),
                loss,
                expected());
    }

    private void requireClasses(String name, INDArray labels) {
        for (double label : labels.castTo(DataType.DOUBLE).ravel().toDoubleVector()) {
            Check.argument(
                    label >= 0 && label == Math.rint(label) && (width < 1 || label < width),
                    "array '%s' has a label %s: %s takes the numbers of classes, from 0 to %s",
                    name,
                    label,
                    loss,
                    width < 1 ? "the last output" : width - 1);
        }
    }

    private String expected() {
        String c = width < 1 ? "c" : String.valueOf(width);
        return format == null ? "[n, " + c + "]" : format == RNNFormat.NWC ? "[n, t, " + c + "]" : "[n, " + c + ", t]";
    }

    /** Checks the mask of the labels. */
    void requireMask(String name, INDArray mask, INDArray labels) {
        long examples = labels.size(0);
        boolean each = mask.length() == examples && mask.rank() <= 2;
        boolean outputs = Arrays.equals(mask.shape(), labels.shape());
        boolean steps = format != null && mask.rank() == 2 && mask.length() == examples * steps(labels);
        Check.argument(
                format == null ? each || outputs : steps || outputs,
                "array '%s' has shape %s: the mask of labels %s has one number for each %s, or one for each label",
                name,
                Arrays.toString(mask.shape()),
                Arrays.toString(labels.shape()),
                format == null ? "example, [n, 1]" : "step, [n, t]");
        Check.argument(
                !(joint && outputs && !each && labels.size(format == RNNFormat.NWC ? 2 : 1) > 1),
                "array '%s' has one number for each output: behind softmax DL4J changes the outputs by such a mask, so mask whole %s",
                name,
                format == null ? "examples, [n, 1]" : "steps, [n, t]");
        INDArray numbers = mask.castTo(labels.dataType().isFPType() ? labels.dataType() : DataType.FLOAT);
        Check.argument(
                numbers.eq(0).castTo(DataType.INT32).sumNumber().longValue()
                                + numbers.eq(1)
                                        .castTo(DataType.INT32)
                                        .sumNumber()
                                        .longValue()
                        == numbers.length(),
                "array '%s' has numbers other than 0 and 1: DL4J multiplies the outputs by them too, so weigh examples by their number"
                        + " in the training set",
                name);
    }

    private long steps(INDArray labels) {
        return labels.size(format == RNNFormat.NWC ? 1 : 2);
    }
}
