package dev.fastif.hvp.dl4j;

import dev.fastif.hvp.internal.Unsupported;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
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

/** The layers of DL4J that have an exact translation. */
@SuppressWarnings("deprecation") // users still have GravesLSTM
final class Rules {
    private interface HiddenRule<L> {
        Flow apply(Scope scope, Flow in, L layer);
    }

    private interface HeadRule<L> {
        OutputRules.Head apply(Scope scope, Flow in, L layer, int index);
    }

    /** What a layer does, and the layout of what it takes: {@link Layout#ANY} for one that keeps the layout of what comes. */
    private record Entry<R>(Takes<Layer> takes, R rule) {}

    /** Of layers around others it depends on these, which may have rules of the user's own. */
    private interface Takes<L> {
        Layout of(L layer, OwnRules own);
    }

    private static final Rules ALL = new Rules();

    private final Map<Class<? extends Layer>, Entry<HiddenRule<Layer>>> hidden = new LinkedHashMap<>();
    private final Map<Class<? extends Layer>, Entry<HeadRule<Layer>>> heads = new LinkedHashMap<>();

    private final Map<String, Set<Class<? extends Layer>>> groups = new LinkedHashMap<>();

    private Rules() {
        group("layers of rows", this::rows);
        group("layers of images", this::images);
        group("layers of sequences", this::sequences);
        group("layers around others", this::wrappers);
        group("outputs", this::outputs);
    }

    private void group(String name, Runnable registration) {
        registration.run();
        Set<Class<? extends Layer>> added = new LinkedHashSet<>(hidden.keySet());
        added.addAll(heads.keySet());
        groups.values().forEach(added::removeAll);
        groups.put(name, added);
    }

    private void rows() {
        hidden(DenseLayer.class, l -> Layout.ROWS, DenseRules::dense);
        hidden(ElementWiseMultiplicationLayer.class, l -> Layout.ROWS, DenseRules::elementWiseMultiplication);
        hidden(ActivationLayer.class, l -> Layout.ANY, DenseRules::activation);
        hidden(PReLULayer.class, DenseRules::takenByParametricRelu, DenseRules::parametricRelu);
        hidden(DropoutLayer.class, l -> Layout.ANY, DenseRules::dropout);
        hidden(EmbeddingLayer.class, l -> Layout.ID, DenseRules::embedding);
        hidden(EmbeddingSequenceLayer.class, l -> Layout.IDS, DenseRules::embeddingSequence);
        hidden(BatchNormalization.class, l -> Layout.ANY, DenseRules::batchNormalization);
    }

    private void images() {
        hidden(ConvolutionLayer.class, l -> Layout.of(l.getCnn2dDataFormat()), ImageRules::convolution);
        hidden(DepthwiseConvolution2D.class, l -> Layout.of(l.getCnn2dDataFormat()), DepthwiseRules::depthwise);
        hidden(SeparableConvolution2D.class, l -> Layout.of(l.getCnn2dDataFormat()), DepthwiseRules::separable);
        hidden(SubsamplingLayer.class, l -> Layout.of(l.getCnn2dDataFormat()), ImageRules::subsampling);
        hidden(GlobalPoolingLayer.class, PoolingRules::takenByGlobalPooling, PoolingRules::globalPooling);
        hidden(ZeroPaddingLayer.class, l -> Layout.of(l.getDataFormat()), ImageRules::zeroPadding);
        hidden(Cropping2D.class, l -> Layout.of(l.getDataFormat()), ImageRules::cropping);
        hidden(Upsampling2D.class, l -> Layout.of(l.getFormat()), ImageRules::upsampling);
        hidden(
                LocalResponseNormalization.class,
                l -> Layout.of(l.getDataFormat()),
                ImageRules::localResponseNormalization);
    }

    private void sequences() {
        hidden(Convolution1DLayer.class, l -> Layout.of(l.getRnnDataFormat()), SequenceRules::convolution);
        hidden(Subsampling1DLayer.class, SequenceRules::takenBySubsampling, SequenceRules::subsampling);
        hidden(ZeroPadding1DLayer.class, l -> Layout.NCW, SequenceRules::zeroPadding);
        hidden(SimpleRnn.class, l -> Layout.of(l.getRnnDataFormat()), RecurrentRules::simpleRnn);
        hidden(LSTM.class, l -> Layout.of(l.getRnnDataFormat()), RecurrentRules::lstm);
        hidden(GravesLSTM.class, l -> Layout.of(l.getRnnDataFormat()), RecurrentRules::lstm);
        hidden(GravesBidirectionalLSTM.class, l -> Layout.of(l.getRnnDataFormat()), RecurrentRules::bidirectionalLstm);
        hidden(SelfAttentionLayer.class, l -> Layout.NCW, AttentionRules::selfAttention);
        hidden(Cropping1D.class, l -> Layout.NCW, SequenceRules::cropping);
        hidden(Upsampling1D.class, l -> Layout.NCW, SequenceRules::upsampling);
        hidden(RepeatVector.class, l -> Layout.ROWS, SequenceRules::repeatVector);
    }

    private void wrappers() {
        wrapper(Bidirectional.class, Bidirectional::getFwd, RecurrentRules::bidirectional);
        wrapper(MaskZeroLayer.class, MaskZeroLayer::getUnderlying, SequenceRules::maskZero);
        hidden(MaskLayer.class, l -> Layout.ANY, SequenceRules::maskLayer);
        hidden(TimeDistributed.class, l -> Layout.of(l.getRnnDataFormat()), SequenceRules::timeDistributed);
        wrapper(LastTimeStep.class, LastTimeStep::getUnderlying, SequenceRules::lastTimeStep);
        wrapper(FrozenLayer.class, FrozenLayer::getLayer, (s, in, layer) -> apply(s, in, layer.getLayer()));
        wrapper(
                FrozenLayerWithBackprop.class,
                FrozenLayerWithBackprop::getUnderlying,
                (s, in, layer) -> apply(s, in, layer.getUnderlying()));
    }

    private void outputs() {
        head(OutputLayer.class, l -> Layout.ROWS, OutputRules::output);
        head(LossLayer.class, l -> Layout.ROWS, OutputRules::loss);
        head(RnnOutputLayer.class, l -> Layout.of(l.getRnnDataFormat()), OutputRules::rnnOutput);
        head(RnnLossLayer.class, l -> Layout.of(l.getRnnDataFormat()), OutputRules::rnnLoss);
    }

    private <L extends Layer> void hidden(
            Class<L> type, Function<? super L, Layout> takes, HiddenRule<? super L> rule) {
        hidden(type, (layer, own) -> takes.apply(layer), rule);
    }

    private <L extends Layer> void wrapper(
            Class<L> type, Function<? super L, Layer> inside, HiddenRule<? super L> rule) {
        hidden(type, (layer, own) -> takes(inside.apply(layer), own), rule);
    }

    private <L extends Layer> void hidden(Class<L> type, Takes<? super L> takes, HiddenRule<? super L> rule) {
        hidden.put(
                type,
                new Entry<>(
                        (layer, own) -> takes.of(type.cast(layer), own),
                        (scope, in, layer) -> rule.apply(scope, in, type.cast(layer))));
    }

    private <L extends Layer> void head(Class<L> type, Function<? super L, Layout> takes, HeadRule<? super L> rule) {
        heads.put(
                type,
                new Entry<>(
                        (layer, own) -> takes.apply(type.cast(layer)),
                        (scope, in, layer, index) -> rule.apply(scope, in, type.cast(layer), index)));
    }

    /** All layers that have a rule, by what they work on. */
    static Map<String, Set<Class<? extends Layer>>> supported() {
        return Collections.unmodifiableMap(ALL.groups);
    }

    static Set<Class<? extends Layer>> hidden() {
        return Collections.unmodifiableSet(ALL.hidden.keySet());
    }

    static Set<Class<? extends Layer>> heads() {
        return Collections.unmodifiableSet(ALL.heads.keySet());
    }

    static boolean isHead(Layer layer) {
        return ALL.heads.containsKey(layer.getClass());
    }

    /** The layout of what a layer takes. */
    static Layout takes(Layer layer, OwnRules own) {
        if (own.has(layer)) {
            return own.takes(layer);
        }
        return isHead(layer)
                ? entry(ALL.heads, layer, " as an output").takes.of(layer, own)
                : entry(ALL.hidden, layer, "").takes.of(layer, own);
    }

    static Flow apply(Scope scope, Flow in, Layer layer) {
        if (scope.own().has(layer)) {
            return scope.own().apply(scope, List.of(in), layer);
        }
        return entry(ALL.hidden, layer, "").rule.apply(scope, taken(scope, in, layer), layer);
    }

    static OutputRules.Head head(Scope scope, Flow in, Layer layer, int index) {
        Entry<HeadRule<Layer>> entry = entry(ALL.heads, layer, " as an output");
        return entry.rule.apply(scope, taken(scope, in, layer), layer, index);
    }

    /** What a layer takes; where something else comes, that is refused, and the layer's options are looked at as if it did not. */
    private static Flow taken(Scope scope, Flow in, Layer layer) {
        Layout takes = takes(layer, scope.own());
        return scope.orRefused(() -> in.taken(takes, layer), () -> in.as(takes).withMask(null));
    }

    private static <R> Entry<R> entry(Map<Class<? extends Layer>, Entry<R>> entries, Layer layer, String as) {
        Entry<R> entry = entries.get(layer.getClass());
        if (entry == null) {
            throw new Unsupported(layer.getClass().getSimpleName() + as);
        }
        return entry;
    }
}
