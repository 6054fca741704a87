package dev.fastif.hvp.dl4j;

import dev.fastif.hvp.autodiff.Node;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
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
import org.deeplearning4j.nn.conf.layers.GravesLSTM;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PReLULayer;
import org.deeplearning4j.nn.conf.layers.RnnLossLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.SelfAttentionLayer;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.deeplearning4j.nn.conf.layers.Subsampling1DLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.Upsampling2D;
import org.deeplearning4j.nn.conf.layers.ZeroPadding1DLayer;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping2D;
import org.deeplearning4j.nn.conf.layers.misc.ElementWiseMultiplicationLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.deeplearning4j.nn.conf.layers.recurrent.SimpleRnn;
import org.jspecify.annotations.Nullable;

/** The layers of DL4J that have an exact translation. */
@SuppressWarnings("deprecation") // users still have GravesLSTM
final class Rules {
    private interface HiddenRule<L> {
        Flow apply(Scope scope, Flow in, L layer);
    }

    private interface HeadRule<L> {
        OutputRules.Head apply(Scope scope, Flow in, L layer, int index);
    }

    private static final Map<Class<? extends Layer>, HiddenRule<Layer>> HIDDEN = new LinkedHashMap<>();
    private static final Map<Class<? extends Layer>, HeadRule<Layer>> HEADS = new LinkedHashMap<>();

    static {
        hidden(DenseLayer.class, DenseRules::dense);
        hidden(ElementWiseMultiplicationLayer.class, DenseRules::elementWiseMultiplication);
        hidden(ActivationLayer.class, DenseRules::activation);
        hidden(PReLULayer.class, DenseRules::parametricRelu);
        hidden(DropoutLayer.class, (s, in, layer) -> s.masked(in));
        hidden(EmbeddingLayer.class, DenseRules::embedding);
        hidden(EmbeddingSequenceLayer.class, DenseRules::embeddingSequence);
        hidden(BatchNormalization.class, DenseRules::batchNormalization);
        hidden(ConvolutionLayer.class, ImageRules::convolution);
        hidden(Convolution1DLayer.class, ImageRules::convolution1d);
        hidden(SubsamplingLayer.class, ImageRules::subsampling);
        hidden(Subsampling1DLayer.class, ImageRules::subsampling1d);
        hidden(GlobalPoolingLayer.class, ImageRules::globalPooling);
        hidden(ZeroPaddingLayer.class, ImageRules::zeroPadding);
        hidden(ZeroPadding1DLayer.class, ImageRules::zeroPadding1d);
        hidden(DepthwiseConvolution2D.class, DepthwiseRules::depthwise);
        hidden(SeparableConvolution2D.class, DepthwiseRules::separable);
        hidden(LocalResponseNormalization.class, ImageRules::localResponseNormalization);
        hidden(Cropping2D.class, ImageRules::cropping);
        hidden(Upsampling2D.class, ImageRules::upsampling);
        hidden(SimpleRnn.class, RecurrentRules::simpleRnn);
        hidden(LSTM.class, RecurrentRules::lstm);
        hidden(GravesLSTM.class, RecurrentRules::lstm);
        hidden(Bidirectional.class, RecurrentRules::bidirectional);
        hidden(SelfAttentionLayer.class, RecurrentRules::selfAttention);
        hidden(LastTimeStep.class, (s, in, layer) -> last(s, apply(s, in, layer.getUnderlying())));
        hidden(FrozenLayer.class, (s, in, layer) -> apply(s, in, layer.getLayer()));
        hidden(FrozenLayerWithBackprop.class, (s, in, layer) -> apply(s, in, layer.getUnderlying()));
        head(OutputLayer.class, OutputRules::output);
        head(LossLayer.class, OutputRules::loss);
        head(RnnOutputLayer.class, OutputRules::rnnOutput);
        head(RnnLossLayer.class, OutputRules::rnnLoss);
    }

    private Rules() {}

    private static <L extends Layer> void hidden(Class<L> type, HiddenRule<? super L> rule) {
        HIDDEN.put(type, (scope, in, layer) -> rule.apply(scope, in, type.cast(layer)));
    }

    private static <L extends Layer> void head(Class<L> type, HeadRule<? super L> rule) {
        HEADS.put(type, (scope, in, layer, index) -> rule.apply(scope, in, type.cast(layer), index));
    }

    static Set<Class<? extends Layer>> hidden() {
        return HIDDEN.keySet();
    }

    static Set<Class<? extends Layer>> heads() {
        return HEADS.keySet();
    }

    static boolean supports(Layer layer) {
        return HIDDEN.containsKey(layer.getClass()) || isHead(layer);
    }

    static boolean isHead(Layer layer) {
        return HEADS.containsKey(layer.getClass());
    }

    static Flow apply(Scope scope, Flow in, Layer layer) {
        HiddenRule<Layer> rule = HIDDEN.get(layer.getClass());
        if (rule == null) {
            throw new Unsupported(layer.getClass().getSimpleName());
        }
        return rule.apply(scope, in, layer);
    }

    static OutputRules.Head head(Scope scope, Flow in, Layer layer, int index) {
        HeadRule<Layer> rule = HEADS.get(layer.getClass());
        if (rule == null) {
            throw new Unsupported(layer.getClass().getSimpleName() + " as an output");
        }
        return rule.apply(scope, in, layer, index);
    }

    /** The last step of each sequence that is not masked. */
    static Flow last(Scope s, Flow sequence) {
        @Nullable Node last = s.inputs().lastOf(s.builder(), sequence.mask());
        if (last == null) {
            throw new Unsupported("the last step of a sequence whose steps are not those of the batch");
        }
        return Flow.rows(s.ops().sum(s.ops().multiply(sequence.node(), last), 1));
    }
}
