package dev.fastif.core;

import dev.fastif.core.internal.Check;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Brings labels into the shape [n, c] and type of the outputs. */
final class Labels {
    private Labels() {}

    /** Labels of one number for each output. */
    static INDArray likeOutputs(INDArray outputs, @Nullable INDArray labels) {
        INDArray given = require(labels);
        INDArray matrix = given.rank() == 1 && outputs.size(1) == 1 ? given.reshape(given.length(), 1) : given;
        Check.argument(
                Arrays.equals(matrix.shape(), outputs.shape()),
                "labels have shape %s: this loss needs %s, as the outputs",
                Arrays.toString(given.shape()),
                Arrays.toString(outputs.shape()));
        return matrix.castTo(outputs.dataType());
    }

    /** Distributions over the classes, from class indices [n] or from distributions [n, c]. */
    static INDArray distributions(INDArray outputs, @Nullable INDArray labels) {
        INDArray given = require(labels);
        if (given.rank() == 2 && (given.size(1) == outputs.size(1)) && outputs.size(1) > 1) {
            return likeOutputs(outputs, given);
        }
        long classes = outputs.size(1);
        Check.argument(
                given.length() == outputs.size(0),
                "labels have shape %s: softmax cross-entropy needs class indices [%d] or distributions %s",
                Arrays.toString(given.shape()),
                outputs.size(0),
                Arrays.toString(outputs.shape()));
        INDArray result = outputs.ulike().assign(0);
        for (long i = 0; i < given.length(); i++) {
            double label = given.getDouble(i);
            Check.argument(
                    label >= 0 && label < classes && label == Math.rint(label),
                    "label of example %d is %s: class indices are whole numbers from 0 to %d",
                    i,
                    label,
                    classes - 1);
            result.putScalar(i, (long) label, 1);
        }
        return result;
    }

    private static INDArray require(@Nullable INDArray labels) {
        if (labels == null) {
            throw new IllegalArgumentException(
                    "the batch has no labels: give them, or measure a logit or margin, which need none");
        }
        return labels;
    }
}
