package dev.fastif.hvp.dl4j;

import dev.fastif.core.Batch;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.RnnLossLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The arrays of a batch that chance chooses: features, labels, and masks of both. */
final class RandomBatch {
    private final Chance chance;
    private final int n;

    RandomBatch(Chance chance) {
        this.chance = chance;
        this.n = chance.from(3, 4);
    }

    void addFeatures(List<RandomNet.Input> inputs, Map<String, INDArray> arrays) {
        for (int i = 0; i < inputs.size(); i++) {
            arrays.put(Inputs.name(Batch.FEATURES, i), features(inputs.get(i)));
        }
    }

    private INDArray features(RandomNet.Input input) {
        if (input.isIds()) {
            return input.type() instanceof InputType.InputTypeRecurrent rnn
                    ? chance.in(0.5)
                            ? chance.ids(RandomNet.VOCABULARY, n, rnn.getTimeSeriesLength())
                            : chance.ids(RandomNet.VOCABULARY, n, 1, rnn.getTimeSeriesLength())
                    : chance.ids(RandomNet.VOCABULARY, n, 1);
        }
        long[] shape = input.type().getShape(true);
        shape[0] = n;
        INDArray features = chance.normal(shape);
        if (input.type() instanceof InputType.InputTypeRecurrent rnn && chance.in(0.3)) {
            int axis = rnn.getFormat() == RNNFormat.NCW ? 2 : 1;
            for (int i = 0; i < n; i++) {
                // zeros, which a MaskZeroLayer masks
                features.slice(i)
                        .slice(chance.from(0, (int) shape[axis] - 1), axis - 1)
                        .assign(0);
            }
        }
        return features;
    }

    /** Parameters of no special value: biases other than 0, variances other than 1. */
    void shake(Map<String, INDArray> parameters) {
        parameters.forEach((name, value) -> {
            value.addi(chance.normal(value.shape()).muli(0.3));
            if (name.endsWith("_var")) {
                org.nd4j.linalg.ops.transforms.Transforms.abs(value, false).addi(0.2);
            }
        });
    }

    void addMasks(List<RandomNet.Input> inputs, Map<String, INDArray> arrays) {
        for (int i = 0; i < inputs.size(); i++) {
            if (inputs.get(i).type() instanceof InputType.InputTypeRecurrent rnn && chance.in(0.65)) {
                arrays.put(Inputs.name(Batch.FEATURES_MASK, i), stepMask(rnn.getTimeSeriesLength()));
            }
        }
    }

    /** Padding at the beginning, at the end, in a gap or anywhere; now and then all of an example. */
    private INDArray stepMask(long steps) {
        int kind = chance.from(0, 4);
        INDArray mask = Nd4j.ones(DataType.DOUBLE, n, steps);
        for (int i = 0; i < n; i++) {
            int count = chance.from(0, (int) steps - 1);
            int from =
                    switch (kind == 4 ? chance.from(0, 3) : kind) {
                        case 0 -> 0;
                        case 1 -> (int) steps - count;
                        case 2 -> chance.from(0, (int) steps - count);
                        default -> -1;
                    };
            if (from < 0) {
                int kept = chance.from(0, (int) steps - 1);
                for (int t = 0; t < steps; t++) {
                    mask.putScalar(i, t, t == kept || chance.in(0.6) ? 1 : 0);
                }
            } else {
                for (int t = from; t < from + count; t++) {
                    mask.putScalar(i, t, 0);
                }
            }
        }
        if (chance.in(0.05)) {
            mask.getRow(chance.from(0, n - 1)).assign(0);
        }
        return mask;
    }

    void addLabels(List<RandomHead> heads, INDArray[] outputs, Map<String, INDArray> arrays) {
        for (int i = 0; i < heads.size(); i++) {
            RandomHead head = heads.get(i);
            boolean last = isChannelsLast(head);
            INDArray labels = head.labels(outputs[i].shape(), last, chance);
            arrays.put(Inputs.name(Batch.LABELS, i), typed(labels, head.labels().isWhole()));
            if (chance.in(0.5)) {
                arrays.put(Inputs.name(Batch.LABELS_MASK, i), labelsMask(outputs[i].shape(), last, arrays));
            }
        }
    }

    static boolean isChannelsLast(RandomHead head) {
        RNNFormat format = head.layer() instanceof RnnOutputLayer rnn
                ? rnn.getRnnDataFormat()
                : head.layer() instanceof RnnLossLayer loss ? loss.getRnnDataFormat() : null;
        return format == RNNFormat.NWC;
    }

    private INDArray typed(INDArray labels, boolean isWhole) {
        if (chance.in(0.6)) {
            return labels;
        }
        return labels.castTo(isWhole ? chance.of(DataType.INT32, DataType.INT64, DataType.FLOAT) : DataType.FLOAT);
    }

    private INDArray labelsMask(long[] outputs, boolean channelsLast, Map<String, INDArray> arrays) {
        boolean weights = chance.in(0.04);
        if (outputs.length == 3) {
            long steps = outputs[channelsLast ? 1 : 2];
            INDArray features = arrays.get(Batch.FEATURES_MASK);
            if (features != null && features.size(1) == steps && chance.in(0.4)) {
                return features.dup();
            }
            return numbers(weights, n, steps);
        }
        return chance.in(0.85) ? numbers(weights, n, 1) : numbers(weights, n, outputs[1]);
    }

    private INDArray numbers(boolean weights, long... shape) {
        INDArray mask = Nd4j.create(DataType.DOUBLE, shape);
        for (long i = 0; i < mask.length(); i++) {
            mask.putScalar(i, chance.in(0.25) ? 0 : weights ? chance.between(0.3, 2) : 1);
        }
        return mask;
    }
}
