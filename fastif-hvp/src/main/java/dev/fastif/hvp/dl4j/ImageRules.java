package dev.fastif.hvp.dl4j;

import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.Pointwise;
import dev.fastif.hvp.autodiff.Tensors;
import dev.fastif.hvp.autodiff.Window;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.Subsampling1DLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.Upsampling2D;
import org.deeplearning4j.nn.conf.layers.ZeroPadding1DLayer;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping2D;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;

/** Convolution and pooling of images, and of sequences as images of width 1. */
final class ImageRules {
    private ImageRules() {}

    static Flow convolution(Scope s, Flow in, ConvolutionLayer layer) {
        Node x = Layouts.image(s, in, layer.getCnn2dDataFormat());
        return Flow.image(convolved(s, x, s.value("W"), layer, window(layer)));
    }

    static Flow convolution1d(Scope s, Flow in, Convolution1DLayer layer) {
        Flow x = Layouts.sequence(s, in, layer.getRnnDataFormat());
        Window window = window1d(
                layer.getKernelSize()[0],
                layer.getStride()[0],
                layer.getDilation()[0],
                layer.getPadding()[0],
                layer.getConvolutionMode());
        // DL4J keeps [out, in, size, 1] and reads the same numbers as [size, in, out]
        Node read = s.ops().reshape(s.value("W"), layer.getKernelSize()[0], layer.getNIn(), layer.getNOut());
        Node kernels = s.ops().reshape(s.ops().permute(read, 2, 1, 0), 0, 0, 0, 1);
        Node z = sequence(s, convolved(s, column(s, x.node()), kernels, layer, window));
        return s.masked(new Flow(
                z, Flow.Kind.SEQUENCE, mask(s, x.mask(), layer.getConvolutionMode(), layer.getStride()[0], window)));
    }

    private static Node convolved(Scope s, Node x, Node kernels, ConvolutionLayer layer, Window window) {
        return finished(s, s.ops().convolution(x, kernels, window), layer);
    }

    /** With the bias and the activation of the layer. */
    static Node finished(Scope s, Node z, ConvolutionLayer layer) {
        IActivation activation = layer.getActivationFn();
        if (activation instanceof ActivationSoftmax) {
            throw new Unsupported("softmax over the channels of images");
        }
        Node biased = s.has("b") ? s.ops().add(z, s.ops().reshape(s.value("b"), 1, -1, 1, 1)) : z;
        return s.activation(activation, biased);
    }

    /** As DL4J: a step is masked if all that its window sees is. */
    private static @Nullable Node mask(Scope s, @Nullable Node mask, ConvolutionMode mode, int stride, Window window) {
        boolean asLong = mode == ConvolutionMode.Same || mode == ConvolutionMode.Causal;
        if (mask == null || (asLong && stride == 1)) {
            return mask;
        }
        return sequence(s, s.ops().maxPooling(column(s, mask), window));
    }

    /** [n, t, c] as images [n, c, t, 1]. */
    private static Node column(Scope s, Node x) {
        return s.ops().reshape(s.ops().permute(x, 0, 2, 1), 0, 0, 0, 1);
    }

    private static Node sequence(Scope s, Node column) {
        return s.ops().permute(s.ops().reshape(column, 0, 0, -1), 0, 2, 1);
    }

    static Window window(ConvolutionLayer layer) {
        return window(
                layer.getKernelSize(),
                layer.getStride(),
                layer.getDilation(),
                layer.getPadding(),
                layer.getConvolutionMode());
    }

    private static Window window(int[] size, int[] stride, int[] dilation, int[] padding, ConvolutionMode mode) {
        Window window = Window.of(size[0], size[1]).stride(stride[0], stride[1]).dilation(dilation[0], dilation[1]);
        return switch (mode) {
            case Same -> window.same();
            case Strict, Truncate ->
                window.paddingBefore(padding[0], padding[1]).paddingAfter(padding[0], padding[1]);
            case Causal -> throw new Unsupported("causal convolution of images");
        };
    }

    private static Window window1d(int size, int stride, int dilation, int padding, ConvolutionMode mode) {
        if (mode == ConvolutionMode.Causal) {
            return Window.of(size, 1).stride(stride, 1).dilation(dilation, 1).paddingBefore((size - 1) * dilation, 0);
        }
        return window(
                new int[] {size, 1}, new int[] {stride, 1}, new int[] {dilation, 1}, new int[] {padding, 0}, mode);
    }

    static Flow subsampling(Scope s, Flow in, SubsamplingLayer layer) {
        Window window = window(
                layer.getKernelSize(),
                layer.getStride(),
                layer.getDilation(),
                layer.getPadding(),
                layer.getConvolutionMode());
        return Flow.image(pooled(s.ops(), Layouts.image(s, in, layer.getCnn2dDataFormat()), layer, window));
    }

    static Flow subsampling1d(Scope s, Flow in, Subsampling1DLayer layer) {
        Flow x = Layouts.sequence(s, in, RNNFormat.NCW);
        Window window = window1d(
                layer.getKernelSize()[0],
                layer.getStride()[0],
                layer.getDilation()[0],
                layer.getPadding()[0],
                layer.getConvolutionMode());
        Node z = sequence(s, pooled(s.ops(), column(s, x.node()), layer, window));
        return s.masked(new Flow(
                z, Flow.Kind.SEQUENCE, mask(s, x.mask(), layer.getConvolutionMode(), layer.getStride()[0], window)));
    }

    private static Node pooled(Tensors ops, Node x, SubsamplingLayer layer, Window window) {
        return switch (layer.getPoolingType()) {
            case MAX -> ops.maxPooling(x, window);
            case AVG ->
                layer.isAvgPoolIncludePadInDivisor()
                        ? ops.averagePooling(x, window)
                        : ops.averagePoolingOfPixels(x, window);
            case SUM, PNORM -> throw new Unsupported(layer.getPoolingType() + " pooling");
        };
    }

    static Flow globalPooling(Scope s, Flow in, GlobalPoolingLayer layer) {
        if (layer.getPoolingDimensions() != null && !isDefault(layer.getPoolingDimensions(), in.kind())) {
            throw new Unsupported("global pooling over dimensions other than all");
        }
        Node pooled =
                switch (in.kind()) {
                    case SEQUENCE -> in.mask() == null ? over(s, in.node(), layer, 1) : masked(s, in, layer);
                    case IMAGE -> over(s, in.node(), layer, 2, 3);
                    case GIVEN, ROWS -> throw new Unsupported("global pooling of " + in.kind());
                };
        if (!layer.isCollapseDimensions()) {
            throw new Unsupported("global pooling that keeps dimensions of 1");
        }
        return Flow.rows(pooled);
    }

    private static boolean isDefault(int[] dimensions, Flow.Kind kind) {
        return Arrays.equals(dimensions, kind == Flow.Kind.IMAGE ? new int[] {2, 3} : new int[] {2});
    }

    private static Node over(Scope s, Node x, GlobalPoolingLayer layer, int... axes) {
        return switch (layer.getPoolingType()) {
            case MAX -> s.ops().max(x, axes);
            case AVG -> s.ops().mean(x, axes);
            case SUM -> s.ops().sum(x, axes);
            case PNORM -> norm(s, x, layer.getPnorm(), axes);
        };
    }

    private static Node norm(Scope s, Node x, int p, int... axes) {
        Node powers = s.ops().apply(Pointwise.pow(p), s.ops().apply(Pointwise.abs(), x));
        return s.ops().apply(Pointwise.pow(1.0 / p), s.ops().sum(powers, axes));
    }

    private static Node masked(Scope s, Flow in, GlobalPoolingLayer layer) {
        Node mask = Objects.requireNonNull(in.mask());
        Tensors ops = s.ops();
        if (layer.getPoolingType() == PoolingType.MAX) {
            // far below any activation, so that a masked step is never the largest
            Node low = ops.scale(ops.apply(Pointwise.shift(-1), mask), 1e30);
            return ops.max(ops.add(in.node(), low), 1);
        }
        Node kept = ops.multiply(in.node(), mask);
        Node sum = layer.getPoolingType() == PoolingType.PNORM ? norm(s, kept, layer.getPnorm(), 1) : ops.sum(kept, 1);
        return layer.getPoolingType() == PoolingType.AVG ? ops.divide(sum, ops.sum(mask, 1)) : sum;
    }

    static Flow zeroPadding(Scope s, Flow in, ZeroPaddingLayer layer) {
        Node x = Layouts.image(s, in, layer.getDataFormat());
        int[] p = layer.getPadding(); // top, bottom, left, right
        return Flow.image(s.ops().pad(x, List.of(0, 0, p[0], p[2]), List.of(0, 0, p[1], p[3])));
    }

    static Flow cropping(Scope s, Flow in, Cropping2D layer) {
        Node x = Layouts.image(s, in, layer.getDataFormat());
        int[] p = layer.getCropping(); // top, bottom, left, right
        return Flow.image(s.ops().pad(x, List.of(0, 0, -p[0], -p[2]), List.of(0, 0, -p[1], -p[3])));
    }

    static Flow zeroPadding1d(Scope s, Flow in, ZeroPadding1DLayer layer) {
        Flow x = Layouts.sequence(s, in, RNNFormat.NCW);
        List<Integer> before = List.of(0, layer.getPadding()[0], 0);
        List<Integer> after = List.of(0, layer.getPadding()[1], 0);
        return new Flow(s.ops().pad(x.node(), before, after), Flow.Kind.SEQUENCE, padded(s, x.mask(), before, after));
    }

    /** The padding is not masked. */
    private static @Nullable Node padded(Scope s, @Nullable Node mask, List<Integer> before, List<Integer> after) {
        if (mask == null) {
            return null;
        }
        Node hidden = s.ops().pad(s.ops().apply(Pointwise.shift(-1), mask), before, after);
        return s.ops().apply(Pointwise.shift(1), hidden);
    }

    /** {@code x / (k + alpha * the sum of squares over n neighbouring channels)^beta}. */
    static Flow localResponseNormalization(Scope s, Flow in, LocalResponseNormalization layer) {
        Tensors ops = s.ops();
        Node x = Layouts.image(s, in, layer.getDataFormat());
        int half = (int) layer.getN() / 2;
        int size = 2 * half + 1;
        Window channels = Window.of(size, 1).paddingBefore(half, 0).paddingAfter(half, 0);
        // [n, h, c, w]: a window over channels is one over the rows of an image
        Node squares = ops.permute(ops.apply(Pointwise.pow(2), x), 0, 2, 1, 3);
        Node sums = ops.permute(ops.averagePooling(squares, channels), 0, 2, 1, 3);
        Node scale = ops.apply(Pointwise.shift(layer.getK()), ops.scale(sums, size * layer.getAlpha()));
        return Flow.image(ops.multiply(x, ops.apply(Pointwise.pow(-layer.getBeta()), scale)));
    }

    static Flow upsampling(Scope s, Flow in, Upsampling2D layer) {
        Node x = Layouts.image(s, in, layer.getFormat());
        int[] size = layer.getSize();
        return Flow.image(s.ops().repeat(x, 1, 1, size[0], size[1]));
    }
}
