package dev.fastif.hvp.dl4j;

import static dev.fastif.hvp.dl4j.Samples.CLASSES;
import static dev.fastif.hvp.dl4j.Samples.H;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.GravesBidirectionalLSTM;
import org.deeplearning4j.nn.conf.layers.GravesLSTM;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PReLULayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.RnnLossLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.SelfAttentionLayer;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
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
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** A network for each layer that is supported, and more for their options. */
@SuppressWarnings("deprecation") // users still have GravesLSTM
final class Nets {
    private Nets() {}

    static List<Sample> all() {
        List<Sample> all = new ArrayList<>();
        all.addAll(rows());
        all.addAll(images());
        all.addAll(sequences());
        return all;
    }

    private static List<Sample> rows() {
        Map<String, Layer[]> nets = new LinkedHashMap<>();
        nets.put("DenseLayer", layers(dense(Activation.TANH), output()));
        nets.put(
                "DenseLayer without bias",
                layers(
                        new DenseLayer.Builder()
                                .nOut(H)
                                .hasBias(false)
                                .activation(Activation.SOFTPLUS)
                                .build(),
                        new OutputLayer.Builder(LossFunction.MCXENT)
                                .nOut(CLASSES)
                                .hasBias(false)
                                .activation(Activation.SOFTMAX)
                                .build()));
        nets.put(
                "DenseLayer with layer normalization",
                layers(
                        new DenseLayer.Builder()
                                .nOut(H)
                                .hasLayerNorm(true)
                                .activation(Activation.TANH)
                                .build(),
                        new DenseLayer.Builder()
                                .nOut(H)
                                .hasBias(false)
                                .hasLayerNorm(true)
                                .activation(Activation.SIGMOID)
                                .build(),
                        output()));
        nets.put(
                "ElementWiseMultiplicationLayer",
                layers(
                        dense(Activation.TANH),
                        new ElementWiseMultiplicationLayer.Builder()
                                .nOut(H)
                                .activation(Activation.SIGMOID)
                                .build(),
                        output()));
        nets.put(
                "ActivationLayer", layers(dense(Activation.IDENTITY), new ActivationLayer(Activation.SWISH), output()));
        nets.put(
                "PReLULayer",
                layers(
                        dense(Activation.IDENTITY),
                        new PReLULayer.Builder().inputShape(H).build(),
                        output()));
        nets.put("DropoutLayer", layers(dense(Activation.TANH), new DropoutLayer(1.0), output()));
        nets.put(
                "LossLayer",
                layers(
                        new DenseLayer.Builder()
                                .nOut(CLASSES)
                                .activation(Activation.IDENTITY)
                                .build(),
                        new LossLayer.Builder(LossFunction.MCXENT)
                                .activation(Activation.SOFTMAX)
                                .build()));
        nets.put("OutputLayer", layers(dense(Activation.ELU), output()));
        nets.put("FrozenLayer", layers(dense(Activation.TANH), new FrozenLayer(dense(Activation.SIGMOID)), output()));
        nets.put(
                "frozen first layer",
                layers(new FrozenLayer(dense(Activation.TANH)), dense(Activation.SIGMOID), output()));
        nets.put(
                "FrozenLayerWithBackprop",
                layers(dense(Activation.TANH), new FrozenLayerWithBackprop(dense(Activation.SIGMOID)), output()));
        List<Sample> samples = new ArrayList<>();
        nets.forEach((name, layers) -> samples.add(Sample.rows(name, layers)));
        samples.add(Sample.ids(
                "EmbeddingLayer",
                new EmbeddingLayer.Builder()
                        .nIn(7)
                        .nOut(H)
                        .hasBias(true)
                        .activation(Activation.TANH)
                        .build(),
                output()));
        samples.add(Sample.rows(
                "RepeatVector",
                dense(Activation.TANH),
                repeat(3),
                new LSTM.Builder().nOut(H).build(),
                new LastTimeStep(new LSTM.Builder().nOut(H).build()),
                output()));
        samples.add(Sample.rows("BatchNormalization", dense(Activation.TANH), new BatchNormalization(), output()));
        samples.add(Sample.rows(
                "BatchNormalization with log std",
                dense(Activation.TANH),
                new BatchNormalization.Builder().useLogStd(true).build(),
                output()));
        return samples;
    }

    private static List<Sample> images() {
        Map<String, Layer[]> nets = new LinkedHashMap<>();
        nets.put("ConvolutionLayer", layers(conv(ConvolutionMode.Truncate), output()));
        nets.put("ConvolutionLayer, same", layers(conv(ConvolutionMode.Same), output()));
        nets.put(
                "ConvolutionLayer without bias, dilated",
                layers(
                        new ConvolutionLayer.Builder(2, 2)
                                .nOut(3)
                                .dilation(2, 1)
                                .padding(1, 0)
                                .hasBias(false)
                                .activation(Activation.TANH)
                                .build(),
                        output()));
        nets.put(
                "ConvolutionLayer, strided",
                layers(
                        new ConvolutionLayer.Builder(3, 2)
                                .nOut(3)
                                .stride(2, 1)
                                .activation(Activation.SIGMOID)
                                .build(),
                        output()));
        for (ConvolutionMode mode : List.of(ConvolutionMode.Truncate, ConvolutionMode.Same)) {
            for (SubsamplingLayer.PoolingType type :
                    List.of(SubsamplingLayer.PoolingType.MAX, SubsamplingLayer.PoolingType.AVG)) {
                nets.put(
                        "SubsamplingLayer " + type + " " + mode,
                        layers(
                                conv(ConvolutionMode.Same),
                                new SubsamplingLayer.Builder(type)
                                        .kernelSize(2, 3)
                                        .stride(2, 2)
                                        .convolutionMode(mode)
                                        .build(),
                                output()));
            }
        }
        nets.put(
                "SubsamplingLayer, average with padding",
                layers(
                        conv(ConvolutionMode.Same),
                        new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.AVG)
                                .kernelSize(2, 2)
                                .stride(2, 2)
                                .padding(1, 1)
                                .avgPoolIncludePadInDivisor(true)
                                .build(),
                        output()));
        nets.put(
                "SubsamplingLayer, p-norm",
                layers(
                        conv(ConvolutionMode.Same),
                        new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.PNORM)
                                .pnorm(3)
                                .kernelSize(2, 2)
                                .stride(2, 1)
                                .build(),
                        output()));
        nets.put(
                "ZeroPaddingLayer",
                layers(new ZeroPaddingLayer.Builder(1, 0, 2, 1).build(), conv(ConvolutionMode.Truncate), output()));
        nets.put(
                "Cropping2D", layers(conv(ConvolutionMode.Same), new Cropping2D.Builder(1, 0, 1, 1).build(), output()));
        nets.put(
                "Upsampling2D",
                layers(
                        conv(ConvolutionMode.Same),
                        new Upsampling2D.Builder(2).build(),
                        conv(ConvolutionMode.Truncate),
                        output()));
        nets.put(
                "BatchNormalization of images", layers(conv(ConvolutionMode.Same), new BatchNormalization(), output()));
        for (PoolingType type : PoolingType.values()) {
            nets.put(
                    "GlobalPoolingLayer of images, " + type,
                    layers(conv(ConvolutionMode.Same), new GlobalPoolingLayer(type), output()));
        }
        nets.put(
                "LocalResponseNormalization",
                layers(
                        conv(ConvolutionMode.Same),
                        new LocalResponseNormalization.Builder(1.5, 3, 0.7, 0.6).build(),
                        output()));
        for (ConvolutionMode mode : List.of(ConvolutionMode.Truncate, ConvolutionMode.Same)) {
            nets.put(
                    "DepthwiseConvolution2D " + mode,
                    layers(
                            new DepthwiseConvolution2D.Builder(2, 3)
                                    .depthMultiplier(3)
                                    .nOut(6)
                                    .convolutionMode(mode)
                                    .activation(Activation.TANH)
                                    .build(),
                            output()));
            nets.put(
                    "SeparableConvolution2D " + mode,
                    layers(
                            new SeparableConvolution2D.Builder(2, 3)
                                    .depthMultiplier(2)
                                    .nOut(3)
                                    .convolutionMode(mode)
                                    .activation(Activation.TANH)
                                    .build(),
                            output()));
        }
        nets.put(
                "PReLULayer of images",
                layers(
                        conv(ConvolutionMode.Same),
                        new PReLULayer.Builder().inputShape(3, 6, 5).build(),
                        output()));
        List<Sample> samples = new ArrayList<>();
        nets.forEach((name, layers) -> samples.add(Sample.images(name, layers)));
        samples.add(Sample.imagesOfPixels(
                "channels last",
                new ConvolutionLayer.Builder(2, 3)
                        .nOut(3)
                        .dataFormat(CNN2DFormat.NHWC)
                        .activation(Activation.TANH)
                        .build(),
                new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX)
                        .kernelSize(2, 2)
                        .stride(1, 1)
                        .dataFormat(CNN2DFormat.NHWC)
                        .build(),
                output()));
        return samples;
    }

    private static List<Sample> sequences() {
        Map<String, Layer[]> nets = new LinkedHashMap<>();
        nets.put(
                "SimpleRnn",
                layers(
                        new SimpleRnn.Builder()
                                .nOut(H)
                                .activation(Activation.TANH)
                                .build(),
                        rnnOutput()));
        nets.put(
                "LSTM",
                layers(new LSTM.Builder().nOut(H).activation(Activation.TANH).build(), rnnOutput()));
        nets.put(
                "LSTM, other gates",
                layers(
                        new LSTM.Builder()
                                .nOut(H)
                                .activation(Activation.SOFTSIGN)
                                .gateActivationFunction(Activation.HARDSIGMOID)
                                .build(),
                        rnnOutput()));
        nets.put(
                "GravesLSTM",
                layers(
                        new GravesLSTM.Builder()
                                .nOut(H)
                                .activation(Activation.TANH)
                                .gateActivationFunction(Activation.SIGMOID)
                                .build(),
                        rnnOutput()));
        nets.put(
                "GravesBidirectionalLSTM",
                layers(
                        new GravesBidirectionalLSTM.Builder()
                                .nOut(H)
                                .activation(Activation.TANH)
                                .build(),
                        rnnOutput()));
        for (Bidirectional.Mode mode : Bidirectional.Mode.values()) {
            nets.put(
                    "Bidirectional, " + mode,
                    layers(new Bidirectional(mode, new LSTM.Builder().nOut(H).build()), rnnOutput()));
        }
        nets.put(
                "RnnOutputLayer",
                layers(
                        new LSTM.Builder().nOut(H).build(),
                        new LSTM.Builder().nOut(H).build(),
                        rnnOutput()));
        nets.put("dense on sequences", layers(new LSTM.Builder().nOut(H).build(), dense(Activation.TANH), rnnOutput()));
        nets.put(
                "RnnLossLayer",
                layers(
                        new LSTM.Builder().nOut(CLASSES).build(),
                        new RnnLossLayer.Builder(LossFunction.MCXENT)
                                .activation(Activation.SOFTMAX)
                                .build()));
        List<Sample> samples = new ArrayList<>();
        nets.forEach((name, layers) -> samples.add(Sample.sequences(name, layers)));
        for (PoolingType type : PoolingType.values()) {
            samples.add(Sample.pooledSequences(
                    "GlobalPoolingLayer of sequences, " + type,
                    new LSTM.Builder().nOut(H).build(),
                    new GlobalPoolingLayer(type),
                    output()));
        }
        samples.add(Sample.pooledSequences(
                "LastTimeStep", new LastTimeStep(new LSTM.Builder().nOut(H).build()), output()));
        samples.add(Sample.pooledSequences(
                "Convolution1DLayer",
                new Convolution1DLayer.Builder()
                        .kernelSize(2)
                        .nOut(3)
                        .convolutionMode(ConvolutionMode.Same)
                        .activation(Activation.TANH)
                        .build(),
                new GlobalPoolingLayer(PoolingType.AVG),
                output()));
        samples.add(Sample.unmaskedSequences(
                "Convolution1DLayer, strided",
                new Convolution1DLayer.Builder()
                        .kernelSize(2)
                        .stride(2)
                        .nOut(3)
                        .activation(Activation.TANH)
                        .build(),
                new GlobalPoolingLayer(PoolingType.AVG),
                output()));
        samples.add(Sample.pooledSequences(
                "Convolution1DLayer, causal",
                new Convolution1DLayer.Builder()
                        .kernelSize(2)
                        .dilation(2)
                        .nOut(3)
                        .convolutionMode(ConvolutionMode.Causal)
                        .activation(Activation.TANH)
                        .build(),
                new GlobalPoolingLayer(PoolingType.SUM),
                output()));
        samples.add(Sample.unmaskedSequences(
                "Subsampling1DLayer",
                new Convolution1DLayer.Builder()
                        .kernelSize(2)
                        .nOut(3)
                        .convolutionMode(ConvolutionMode.Same)
                        .activation(Activation.TANH)
                        .build(),
                new Subsampling1DLayer.Builder(SubsamplingLayer.PoolingType.MAX)
                        .kernelSize(2)
                        .stride(1)
                        .build(),
                new GlobalPoolingLayer(PoolingType.AVG),
                output()));
        samples.add(Sample.unmaskedSequences(
                "ZeroPadding1DLayer",
                new ZeroPadding1DLayer.Builder(1, 2).build(),
                new Convolution1DLayer.Builder()
                        .kernelSize(3)
                        .nOut(3)
                        .activation(Activation.TANH)
                        .build(),
                new GlobalPoolingLayer(PoolingType.AVG),
                output()));
        samples.add(Sample.pooledSequences(
                "MaskZeroLayer",
                new MaskZeroLayer(new LSTM.Builder().nOut(H).build(), 0),
                new GlobalPoolingLayer(PoolingType.AVG),
                output()));
        samples.add(Sample.pooledSequences(
                "MaskLayer",
                new LSTM.Builder().nOut(H).build(),
                new MaskLayer(),
                new Convolution1DLayer.Builder()
                        .kernelSize(2)
                        .nOut(3)
                        .convolutionMode(ConvolutionMode.Same)
                        .activation(Activation.TANH)
                        .build(),
                new GlobalPoolingLayer(PoolingType.SUM),
                output()));
        samples.add(Sample.unmaskedSequences(
                "TimeDistributed",
                new LSTM.Builder().nOut(H).build(),
                new TimeDistributed(new DenseLayer.Builder()
                        .nIn(H)
                        .nOut(H)
                        .activation(Activation.TANH)
                        .build()),
                new GlobalPoolingLayer(PoolingType.AVG),
                output()));
        samples.add(Sample.unmaskedSequences(
                "Cropping1D, Upsampling1D",
                new LSTM.Builder().nOut(H).build(),
                new Cropping1D.Builder(1, 2).build(),
                new Upsampling1D.Builder(2).build(),
                new LSTM.Builder().nOut(H).build(),
                new GlobalPoolingLayer(PoolingType.AVG),
                output()));
        samples.add(Sample.pooledSequences(
                "SelfAttentionLayer",
                new SelfAttentionLayer.Builder()
                        .nOut(H)
                        .nHeads(2)
                        .headSize(2)
                        .projectInput(true)
                        .build(),
                new GlobalPoolingLayer(PoolingType.AVG),
                output()));
        samples.add(Sample.sequenceIds(
                "EmbeddingSequenceLayer",
                new EmbeddingSequenceLayer.Builder().nIn(7).nOut(H).build(),
                new LSTM.Builder()
                        .nOut(H)
                        .activation(new org.nd4j.linalg.activations.impl.ActivationTanH())
                        .gateActivationFunction(new ActivationSigmoid())
                        .build(),
                new GlobalPoolingLayer(PoolingType.AVG),
                output()));
        return samples;
    }

    @SuppressWarnings("rawtypes") // its builder has a type that cannot be named
    private static Layer repeat(int times) {
        return new RepeatVector.Builder(times).build();
    }

    static Layer[] layers(Layer... layers) {
        return layers;
    }

    static DenseLayer dense(Activation activation) {
        return new DenseLayer.Builder().nOut(H).activation(activation).build();
    }

    static ConvolutionLayer conv(ConvolutionMode mode) {
        return new ConvolutionLayer.Builder(2, 3)
                .nOut(3)
                .convolutionMode(mode)
                .activation(Activation.TANH)
                .build();
    }

    static OutputLayer output() {
        return new OutputLayer.Builder(LossFunction.MCXENT)
                .nOut(CLASSES)
                .activation(Activation.SOFTMAX)
                .build();
    }

    static RnnOutputLayer rnnOutput() {
        return new RnnOutputLayer.Builder(LossFunction.MCXENT)
                .nOut(CLASSES)
                .activation(Activation.SOFTMAX)
                .build();
    }
}
