package dev.fastif.hvp.dl4j;

import java.util.List;
import java.util.function.Supplier;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.AutoEncoder;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Deconvolution2D;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.GravesBidirectionalLSTM;
import org.deeplearning4j.nn.conf.layers.GravesLSTM;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LearnedSelfAttentionLayer;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.deeplearning4j.nn.conf.layers.LocallyConnected1D;
import org.deeplearning4j.nn.conf.layers.PReLULayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.RecurrentAttentionLayer;
import org.deeplearning4j.nn.conf.layers.SelfAttentionLayer;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.deeplearning4j.nn.conf.layers.SpaceToDepthLayer;
import org.deeplearning4j.nn.conf.layers.Subsampling1DLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.Upsampling1D;
import org.deeplearning4j.nn.conf.layers.Upsampling2D;
import org.deeplearning4j.nn.conf.layers.ZeroPadding1DLayer;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping1D;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping2D;
import org.deeplearning4j.nn.conf.layers.misc.ElementWiseMultiplicationLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.layers.misc.RepeatVector;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.deeplearning4j.nn.conf.layers.recurrent.SimpleRnn;
import org.deeplearning4j.nn.conf.layers.recurrent.TimeDistributed;
import org.deeplearning4j.nn.conf.layers.util.MaskLayer;
import org.deeplearning4j.nn.conf.layers.util.MaskZeroLayer;
import org.deeplearning4j.nn.conf.layers.wrapper.BaseWrapperLayer;
import org.nd4j.linalg.activations.Activation;

/** Layers that chance chooses for a place in a network, with options that chance chooses. */
@SuppressWarnings("deprecation") // users still have the layers of Graves
final class RandomLayers {
    /** How many of the layers are of a kind that has no rule. */
    private static final double RARE = 0.02;

    private final Chance chance;
    private final Spot spot;

    private RandomLayers(Chance chance, Spot spot) {
        this.chance = chance;
        this.spot = spot;
    }

    /** A layer for this place: DL4J may still refuse it. */
    static Layer on(Spot spot, Chance chance) {
        return new RandomLayers(chance, spot).any();
    }

    /**
     * Whether DL4J gives, at inference, the array that it was given, or writes into it: nothing else may read that, or it
     * would be told other numbers than in training.
     */
    static boolean givesItsInput(Layer layer) {
        if (layer instanceof FrozenLayer frozen) {
            return givesItsInput(frozen.getLayer());
        }
        if (layer instanceof BaseWrapperLayer wrapper) {
            return givesItsInput(wrapper.getUnderlying());
        }
        return layer instanceof ActivationLayer
                || layer instanceof PReLULayer
                || layer instanceof DropoutLayer
                || layer instanceof MaskLayer;
    }

    /** From sequences or images to rows. */
    static Layer toRows(Spot spot, Chance chance) {
        RandomLayers layers = new RandomLayers(chance, spot);
        return layers.frozen(
                spot.isSequence() && chance.in(0.5) ? new LastTimeStep(layers.recurrent()) : layers.globalPooling());
    }

    private Layer any() {
        boolean rare = chance.in(RARE);
        List<Supplier<Layer>> all =
                switch (spot.type().getType()) {
                    case FF -> rare ? List.of(this::autoEncoder) : rows();
                    case RNN -> rare ? rareSequences() : sequences();
                    default -> rare ? rareImages() : images();
                };
        return frozen(chance.of(all).get());
    }

    private Layer frozen(Layer layer) {
        if (chance.in(0.92)) {
            return layer;
        }
        return chance.in(0.5) ? new FrozenLayer(layer) : new FrozenLayerWithBackprop(layer);
    }

    private List<Supplier<Layer>> rows() {
        return List.of(
                this::dense,
                this::dense,
                this::elementWise,
                this::activation,
                this::batchNormalization,
                () -> new DropoutLayer(0.5),
                () -> new PReLULayer.Builder().inputShape(spot.channels()).build(),
                () -> spot.isSteps() ? recurrent() : new RepeatVector.Builder<>(chance.from(2, 4)).build());
    }

    private List<Supplier<Layer>> sequences() {
        return List.of(
                this::recurrent,
                this::recurrent,
                this::recurrent,
                () -> new LastTimeStep(recurrent()),
                () -> new MaskZeroLayer(recurrent(), chance.of(0.0, 0.25)),
                () -> new TimeDistributed(chance.in(0.7) ? dense() : activation(), rnnFormat()),
                this::convolution1d,
                this::convolution1d,
                this::subsampling1d,
                () -> new ZeroPadding1DLayer.Builder(chance.from(0, 2), chance.from(0, 2)).build(),
                () -> new Cropping1D.Builder(chance.from(0, 1), chance.from(0, 1)).build(),
                () -> new Upsampling1D.Builder(2).build(),
                this::selfAttention,
                MaskLayer::new,
                this::dense,
                this::elementWise,
                this::activation,
                () -> new DropoutLayer(0.5),
                this::batchNormalization,
                this::globalPooling,
                this::sequencePReLU);
    }

    private List<Supplier<Layer>> rareSequences() {
        return List.of(
                () -> new LearnedSelfAttentionLayer.Builder()
                        .nOut(3)
                        .nHeads(1)
                        .headSize(2)
                        .nQueries(2)
                        .projectInput(true)
                        .build(),
                () -> new RecurrentAttentionLayer.Builder()
                        .nOut(3)
                        .nHeads(1)
                        .headSize(2)
                        .activation(Activation.TANH)
                        .build(),
                () -> new LocallyConnected1D.Builder()
                        .nOut(3)
                        .kernelSize(2)
                        .activation(Activation.TANH)
                        .build());
    }

    private List<Supplier<Layer>> images() {
        return List.of(
                this::convolution,
                this::convolution,
                this::convolution,
                this::depthwise,
                this::subsampling,
                this::subsampling,
                () -> new ZeroPaddingLayer.Builder(
                                chance.from(0, 1), chance.from(0, 1), chance.from(0, 1), chance.from(0, 1))
                        .build(),
                () -> new Cropping2D.Builder(chance.from(0, 1), chance.from(0, 1), chance.from(0, 1), chance.from(0, 1))
                        .build(),
                () -> new Upsampling2D.Builder(1)
                        .size(new int[] {chance.from(1, 2), chance.from(1, 2)})
                        .build(),
                () -> new LocalResponseNormalization.Builder()
                        .n(chance.of(3, 5))
                        .alpha(chance.between(1e-4, 0.5))
                        .build(),
                this::batchNormalization,
                this::activation,
                () -> new DropoutLayer(0.5),
                this::dense,
                this::globalPooling,
                () -> new PReLULayer.Builder()
                        .inputShape(imageShape())
                        .sharedAxes(chance.in(0.5) ? new long[] {2, 3} : new long[] {1})
                        .build());
    }

    private List<Supplier<Layer>> rareImages() {
        return List.of(
                () -> new Deconvolution2D.Builder(2, 2)
                        .nOut(2)
                        .activation(Activation.TANH)
                        .build(),
                () -> new SpaceToDepthLayer.Builder<>(2).build());
    }

    private int size() {
        return chance.from(2, 4);
    }

    private Activation smooth() {
        return chance.of(
                Activation.TANH,
                Activation.SIGMOID,
                Activation.SOFTPLUS,
                Activation.SWISH,
                Activation.ELU,
                Activation.SOFTSIGN,
                Activation.GELU,
                Activation.MISH,
                Activation.SELU,
                Activation.IDENTITY);
    }

    private Activation anyActivation() {
        return chance.in(0.6)
                ? smooth()
                : chance.of(
                        Activation.RELU,
                        Activation.LEAKYRELU,
                        Activation.RELU6,
                        Activation.HARDTANH,
                        Activation.HARDSIGMOID,
                        Activation.RATIONALTANH,
                        Activation.RECTIFIEDTANH,
                        Activation.THRESHOLDEDRELU,
                        Activation.CUBE,
                        Activation.SOFTMAX);
    }

    private Layer dense() {
        return new DenseLayer.Builder()
                .nOut(size())
                .hasBias(chance.in(0.85))
                .hasLayerNorm(chance.in(0.15))
                .activation(anyActivation())
                .dropOut(chance.in(0.1) ? new Dropout(0.5) : null)
                .build();
    }

    private Layer autoEncoder() {
        return new AutoEncoder.Builder()
                .nOut(size())
                .activation(Activation.SIGMOID)
                .build();
    }

    private Layer elementWise() {
        return new ElementWiseMultiplicationLayer.Builder()
                .nOut(spot.channels())
                .activation(smooth())
                .build();
    }

    private Layer activation() {
        return new ActivationLayer(anyActivation());
    }

    private Layer batchNormalization() {
        return new BatchNormalization.Builder()
                .useLogStd(chance.in(0.3))
                .lockGammaBeta(chance.in(0.15))
                .build();
    }

    private RNNFormat rnnFormat() {
        return spot.type() instanceof InputType.InputTypeRecurrent rnn ? rnn.getFormat() : RNNFormat.NCW;
    }

    /** Recurrent layers, or both ways of one. */
    private Layer recurrent() {
        Layer layer = oneWay();
        if (!(layer instanceof GravesBidirectionalLSTM) && chance.in(0.3)) {
            return new Bidirectional(chance.of(Bidirectional.Mode.values()), layer);
        }
        return layer;
    }

    private Layer oneWay() {
        Activation activation = chance.of(Activation.TANH, Activation.TANH, Activation.SOFTSIGN, Activation.SIGMOID);
        Activation gate = chance.in(0.85) ? Activation.SIGMOID : Activation.HARDSIGMOID;
        return switch (chance.from(0, 7)) {
            case 0, 1, 2 ->
                new LSTM.Builder()
                        .nOut(size())
                        .activation(activation)
                        .gateActivationFunction(gate)
                        .build();
            case 3, 4 ->
                new GravesLSTM.Builder()
                        .nOut(size())
                        .activation(activation)
                        .gateActivationFunction(gate)
                        .build();
            case 5 ->
                new GravesBidirectionalLSTM.Builder()
                        .nOut(size())
                        .activation(activation)
                        .gateActivationFunction(gate)
                        .build();
            default ->
                new SimpleRnn.Builder()
                        .nOut(size())
                        .activation(activation)
                        .hasLayerNorm(chance.in(0.1))
                        .build();
        };
    }

    private ConvolutionMode mode() {
        return chance.of(ConvolutionMode.Same, ConvolutionMode.Truncate, ConvolutionMode.Strict);
    }

    private Layer convolution1d() {
        ConvolutionMode mode = chance.in(0.3) ? ConvolutionMode.Causal : mode();
        return new Convolution1DLayer.Builder()
                .kernelSize(chance.from(1, 3))
                .stride(chance.in(0.7) ? 1 : 2)
                .dilation(chance.in(0.8) ? 1 : 2)
                .padding(mode == ConvolutionMode.Truncate ? chance.from(0, 1) : 0)
                .nOut(size())
                .hasBias(chance.in(0.85))
                .convolutionMode(mode)
                .activation(anyActivation())
                .build();
    }

    private Layer subsampling1d() {
        return new Subsampling1DLayer.Builder(pooling())
                .kernelSize(chance.from(1, 3))
                .stride(chance.from(1, 2))
                .convolutionMode(mode())
                .pnorm(chance.from(2, 3))
                .build();
    }

    private SubsamplingLayer.PoolingType pooling() {
        return chance.of(
                SubsamplingLayer.PoolingType.MAX, SubsamplingLayer.PoolingType.AVG, SubsamplingLayer.PoolingType.PNORM);
    }

    private Layer selfAttention() {
        boolean projected = chance.in(0.7);
        return new SelfAttentionLayer.Builder()
                .nOut(projected ? size() : spot.channels())
                .nHeads(projected ? chance.from(1, 2) : 1)
                .headSize(projected ? 2 : spot.channels())
                .projectInput(projected)
                .build();
    }

    private Layer sequencePReLU() {
        long steps = ((InputType.InputTypeRecurrent) spot.type()).getTimeSeriesLength();
        return new PReLULayer.Builder()
                .inputShape(spot.channels(), steps)
                .sharedAxes(2)
                .build();
    }

    private Layer convolution() {
        ConvolutionMode mode = mode();
        return new ConvolutionLayer.Builder(chance.from(1, 3), chance.from(1, 3))
                .stride(chance.in(0.7) ? 1 : 2, chance.in(0.7) ? 1 : 2)
                .dilation(chance.in(0.85) ? 1 : 2, 1)
                .padding(mode == ConvolutionMode.Truncate ? chance.from(0, 1) : 0, 0)
                .nOut(size())
                .hasBias(chance.in(0.85))
                .convolutionMode(mode)
                .activation(anyActivation())
                .build();
    }

    private Layer depthwise() {
        return chance.in(0.5)
                ? new DepthwiseConvolution2D.Builder()
                        .kernelSize(chance.from(1, 3), 2)
                        .depthMultiplier(chance.from(1, 2))
                        .convolutionMode(mode())
                        .activation(smooth())
                        .build()
                : new SeparableConvolution2D.Builder()
                        .kernelSize(2, chance.from(1, 3))
                        .depthMultiplier(chance.from(1, 2))
                        .nOut(size())
                        .convolutionMode(mode())
                        .activation(smooth())
                        .build();
    }

    private Layer subsampling() {
        return new SubsamplingLayer.Builder(pooling())
                .kernelSize(chance.from(1, 3), chance.from(1, 2))
                .stride(chance.from(1, 2), chance.from(1, 2))
                .convolutionMode(mode())
                .pnorm(chance.from(2, 3))
                .build();
    }

    private Layer globalPooling() {
        GlobalPoolingLayer.Builder builder =
                new GlobalPoolingLayer.Builder(chance.of(PoolingType.values())).pnorm(chance.from(2, 3));
        if (chance.in(0.3) || !isChannelsFirst()) {
            builder.poolingDimensions(
                    spot.isSequence()
                            ? isChannelsFirst() ? new int[] {2} : new int[] {1}
                            : isChannelsFirst() ? new int[] {2, 3} : new int[] {1, 2});
        }
        return builder.build();
    }

    private boolean isChannelsFirst() {
        return spot.isSequence()
                ? rnnFormat() == RNNFormat.NCW
                : ((InputType.InputTypeConvolutional) spot.type()).getFormat() == CNN2DFormat.NCHW;
    }

    private long[] imageShape() {
        InputType.InputTypeConvolutional image = (InputType.InputTypeConvolutional) spot.type();
        return new long[] {image.getChannels(), image.getHeight(), image.getWidth()};
    }
}
