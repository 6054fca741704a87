package dev.fastif.hvp.dl4j;

import java.util.LinkedHashMap;
import java.util.Map;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BaseRecurrentLayer;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.GravesBidirectionalLSTM;
import org.deeplearning4j.nn.conf.layers.GravesLSTM;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.SelfAttentionLayer;
import org.deeplearning4j.nn.conf.layers.Subsampling1DLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.Upsampling1D;
import org.deeplearning4j.nn.conf.layers.ZeroPadding1DLayer;
import org.deeplearning4j.nn.conf.layers.misc.ElementWiseMultiplicationLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.deeplearning4j.nn.conf.layers.recurrent.SimpleRnn;
import org.deeplearning4j.nn.conf.layers.util.MaskLayer;
import org.deeplearning4j.nn.conf.layers.util.MaskZeroLayer;
import org.nd4j.linalg.activations.Activation;

/** The layers that a sequence can go through, each with what masks may do to it. */
@SuppressWarnings("deprecation") // users still have GravesLSTM
final class SequenceLayers {
    /** Channels of what goes in and comes out: one number, so that any two layers stack under any head. */
    static final int C = Samples.CLASSES;

    private SequenceLayers() {}

    /** From sequences to sequences. */
    static Map<String, Layer> inner() {
        Map<String, Layer> all = new LinkedHashMap<>();
        all.put("LSTM", lstm());
        all.put(
                "GravesLSTM",
                new GravesLSTM.Builder().nOut(C).activation(Activation.TANH).build());
        all.put("SimpleRnn", simple());
        all.put("Bidirectional LSTM", new Bidirectional(Bidirectional.Mode.ADD, lstm()));
        all.put(
                "Bidirectional GravesLSTM",
                new Bidirectional(
                        Bidirectional.Mode.MUL,
                        new GravesLSTM.Builder()
                                .nOut(C)
                                .activation(Activation.TANH)
                                .build()));
        all.put("Bidirectional SimpleRnn", new Bidirectional(Bidirectional.Mode.AVERAGE, simple()));
        all.put("Convolution1D same", convolution(2, 1, ConvolutionMode.Same));
        all.put("Convolution1D strided", convolution(2, 2, ConvolutionMode.Truncate));
        all.put("Convolution1D causal", convolution(3, 1, ConvolutionMode.Causal));
        all.put("Convolution1D causal, strided", convolution(2, 2, ConvolutionMode.Causal));
        all.put("Convolution1D same, strided", convolution(3, 2, ConvolutionMode.Same));
        all.put("Subsampling1D max", pooling(SubsamplingLayer.PoolingType.MAX, 1));
        all.put("Subsampling1D average", pooling(SubsamplingLayer.PoolingType.AVG, 2));
        all.put("ZeroPadding1D", new ZeroPadding1DLayer.Builder(1, 2).build());
        all.put(
                "SelfAttention",
                new SelfAttentionLayer.Builder()
                        .nOut(C)
                        .nHeads(2)
                        .headSize(2)
                        .projectInput(true)
                        .build());
        all.put(
                "Dense",
                new DenseLayer.Builder().nOut(C).activation(Activation.SOFTPLUS).build());
        all.put(
                "ElementWiseMultiplication",
                new ElementWiseMultiplicationLayer.Builder()
                        .nOut(C)
                        .activation(Activation.SIGMOID)
                        .build());
        all.put("Activation", new ActivationLayer(Activation.SWISH));
        all.put("Dropout", new DropoutLayer(1.0));
        all.put(
                "GravesBidirectionalLSTM",
                new GravesBidirectionalLSTM.Builder()
                        .nOut(C)
                        .activation(Activation.TANH)
                        .build());
        all.put("Upsampling1D", new Upsampling1D.Builder(2).build());
        all.put("MaskLayer", new MaskLayer());
        all.put("MaskZeroLayer", new MaskZeroLayer(lstm(), 0));
        all.put("Frozen SimpleRnn", new FrozenLayerWithBackprop(simple()));
        return all;
    }

    /** From sequences to rows: the last steps of each layer of which DL4J takes them. */
    static Map<String, Layer> last() {
        Map<String, Layer> all = new LinkedHashMap<>();
        inner().forEach((name, layer) -> {
            Layer inside = layer instanceof FrozenLayerWithBackprop frozen ? frozen.getUnderlying() : layer;
            if (inside instanceof BaseRecurrentLayer || inside instanceof Bidirectional) {
                all.put("the last step of " + name, new LastTimeStep(layer));
            }
        });
        return all;
    }

    static LSTM lstm() {
        return new LSTM.Builder().nOut(C).activation(Activation.TANH).build();
    }

    private static SimpleRnn simple() {
        return new SimpleRnn.Builder().nOut(C).activation(Activation.TANH).build();
    }

    private static Convolution1DLayer convolution(int size, int stride, ConvolutionMode mode) {
        return new Convolution1DLayer.Builder()
                .kernelSize(size)
                .stride(stride)
                .nOut(C)
                .convolutionMode(mode)
                .activation(Activation.TANH)
                .build();
    }

    private static Subsampling1DLayer pooling(SubsamplingLayer.PoolingType type, int stride) {
        return new Subsampling1DLayer.Builder(type).kernelSize(2).stride(stride).build();
    }
}
