package dev.fastif.hvp.dl4j;

import java.util.List;
import java.util.function.Function;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.CenterLossOutputLayer;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.RnnLossLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossBinaryXENT;
import org.nd4j.linalg.lossfunctions.impl.LossCosineProximity;
import org.nd4j.linalg.lossfunctions.impl.LossFMeasure;
import org.nd4j.linalg.lossfunctions.impl.LossHinge;
import org.nd4j.linalg.lossfunctions.impl.LossKLD;
import org.nd4j.linalg.lossfunctions.impl.LossL1;
import org.nd4j.linalg.lossfunctions.impl.LossL2;
import org.nd4j.linalg.lossfunctions.impl.LossMAE;
import org.nd4j.linalg.lossfunctions.impl.LossMAPE;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossMSE;
import org.nd4j.linalg.lossfunctions.impl.LossMSLE;
import org.nd4j.linalg.lossfunctions.impl.LossMultiLabel;
import org.nd4j.linalg.lossfunctions.impl.LossNegativeLogLikelihood;
import org.nd4j.linalg.lossfunctions.impl.LossPoisson;
import org.nd4j.linalg.lossfunctions.impl.LossSparseMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossSquaredHinge;
import org.nd4j.linalg.lossfunctions.impl.LossWasserstein;

/**
 * An output layer that chance chooses, with a loss and an activation that suit each other.
 *
 * @param layer the output layer
 * @param labels what its labels are
 */
record RandomHead(Layer layer, Labels labels) {
    /** Kinds of labels. */
    enum Labels {
        ONE_HOT,
        DISTRIBUTION,
        INDEX,
        BITS,
        SIGNS,
        NUMBERS,
        POSITIVE;

        boolean isWhole() {
            return this == ONE_HOT || this == INDEX || this == BITS || this == SIGNS;
        }
    }

    private record Choice(Function<INDArray, ILossFunction> loss, Labels labels, List<Activation> activations) {}

    private static Choice of(Function<INDArray, ILossFunction> loss, Labels labels, Activation... activations) {
        return new Choice(loss, labels, List.of(activations));
    }

    private static final List<Choice> CLASSES = List.of(
            of(w -> new LossMCXENT(), Labels.ONE_HOT, Activation.SOFTMAX),
            of(LossMCXENT::new, Labels.ONE_HOT, Activation.SOFTMAX, Activation.SIGMOID),
            of(w -> new LossMCXENT(), Labels.DISTRIBUTION, Activation.SOFTMAX),
            of(LossNegativeLogLikelihood::new, Labels.ONE_HOT, Activation.SOFTMAX),
            of(w -> new LossSparseMCXENT(), Labels.INDEX, Activation.SOFTMAX));

    private static final List<Choice> OTHERS = List.of(
            of(w -> new LossBinaryXENT(), Labels.BITS, Activation.SIGMOID, Activation.HARDSIGMOID),
            of(LossBinaryXENT::new, Labels.DISTRIBUTION, Activation.SIGMOID, Activation.SOFTMAX),
            of(w -> new LossMSE(), Labels.NUMBERS, Activation.IDENTITY, Activation.TANH, Activation.SOFTPLUS),
            of(LossMSE::new, Labels.NUMBERS, Activation.IDENTITY, Activation.SIGMOID, Activation.RELU),
            of(w -> new LossL2(), Labels.NUMBERS, Activation.IDENTITY, Activation.LEAKYRELU),
            of(LossL2::new, Labels.ONE_HOT, Activation.SOFTMAX),
            of(w -> new LossMAE(), Labels.NUMBERS, Activation.IDENTITY, Activation.TANH),
            of(LossL1::new, Labels.NUMBERS, Activation.IDENTITY, Activation.ELU),
            of(w -> new LossMAPE(), Labels.POSITIVE, Activation.IDENTITY, Activation.SOFTPLUS),
            of(LossMSLE::new, Labels.POSITIVE, Activation.SIGMOID, Activation.SOFTPLUS),
            of(w -> new LossPoisson(), Labels.POSITIVE, Activation.SOFTPLUS, Activation.SIGMOID),
            of(w -> new LossKLD(), Labels.DISTRIBUTION, Activation.SOFTMAX, Activation.SIGMOID),
            of(w -> new LossHinge(), Labels.SIGNS, Activation.TANH, Activation.IDENTITY),
            of(w -> new LossSquaredHinge(), Labels.SIGNS, Activation.IDENTITY, Activation.TANH),
            of(w -> new LossWasserstein(), Labels.SIGNS, Activation.IDENTITY));

    private static final List<Choice> RARE = List.of(
            of(w -> new LossCosineProximity(), Labels.NUMBERS, Activation.IDENTITY),
            of(w -> new LossFMeasure(), Labels.BITS, Activation.SIGMOID),
            of(w -> new LossMultiLabel(), Labels.BITS, Activation.SIGMOID));

    /** A head for this place, of rows or sequences. */
    static RandomHead on(Spot spot, Chance chance) {
        Choice choice = chance.of(chance.in(0.03) ? RARE : chance.in(0.4) ? CLASSES : OTHERS);
        boolean withoutParameters = chance.in(0.2) && !spot.isImage() && spot.channels() > 1 && !spot.isSteps();
        boolean isSingle = !withoutParameters && choice.labels != Labels.INDEX && chance.in(0.1);
        Activation activation = chance.of(choice.activations);
        int size = withoutParameters
                ? spot.channels()
                : isSingle && activation != Activation.SOFTMAX ? 1 : chance.from(2, 4);
        ILossFunction loss = choice.loss.apply(weights(size, chance));
        return new RandomHead(layer(spot, chance, loss, activation, withoutParameters ? 0 : size), choice.labels);
    }

    private static INDArray weights(int size, Chance chance) {
        INDArray weights = Nd4j.create(DataType.DOUBLE, size);
        for (int i = 0; i < size; i++) {
            weights.putScalar(i, chance.between(0.5, 2));
        }
        return weights;
    }

    private static Layer layer(Spot spot, Chance chance, ILossFunction loss, Activation activation, int size) {
        if (spot.isImage() && chance.in(0.1)) {
            return new CnnLossLayer.Builder(loss).activation(activation).build();
        }
        if (spot.isSequence() || spot.isSteps()) {
            RNNFormat format =
                    spot.type() instanceof InputType.InputTypeRecurrent rnn ? rnn.getFormat() : RNNFormat.NCW;
            return size == 0
                    ? new RnnLossLayer.Builder(loss)
                            .activation(activation)
                            .dataFormat(format)
                            .build()
                    : new RnnOutputLayer.Builder(loss)
                            .nOut(size)
                            .activation(activation)
                            .dataFormat(format)
                            .hasBias(chance.in(0.9))
                            .build();
        }
        if (size == 0) {
            return new LossLayer.Builder(loss).activation(activation).build();
        }
        return chance.in(0.02)
                ? new CenterLossOutputLayer.Builder(loss)
                        .nOut(size)
                        .activation(activation)
                        .build()
                : new OutputLayer.Builder(loss)
                        .nOut(size)
                        .activation(activation)
                        .hasBias(chance.in(0.9))
                        .build();
    }

    /** Labels for outputs of this shape [n, c] or, of sequences, [n, c, t] or [n, t, c]. */
    INDArray labels(long[] outputs, boolean channelsLast, Chance chance) {
        int axis = channelsLast ? outputs.length - 1 : 1;
        long[] shape = outputs.clone();
        int classes = Math.toIntExact(outputs[axis]);
        if (labels == Labels.INDEX) {
            shape[axis] = 1;
            return chance.ids(classes, shape);
        }
        INDArray array = Nd4j.create(DataType.DOUBLE, shape);
        for (int v = 0; v < array.vectorsAlongDimension(axis); v++) {
            INDArray one = array.vectorAlongDimension(v, axis);
            for (int i = 0; i < classes; i++) {
                one.putScalar(
                        i,
                        switch (labels) {
                            case ONE_HOT, INDEX -> 0;
                            case BITS -> chance.from(0, 1);
                            case SIGNS -> chance.of(-1, 1);
                            case NUMBERS -> chance.between(-1.5, 1.5);
                            case POSITIVE, DISTRIBUTION -> chance.between(0.1, 1.5);
                        });
            }
            if (labels == Labels.ONE_HOT) {
                one.putScalar(chance.from(0, classes - 1), 1);
            } else if (labels == Labels.DISTRIBUTION) {
                one.divi(classes == 1 ? 2 : one.sumNumber());
            }
        }
        return array;
    }
}
