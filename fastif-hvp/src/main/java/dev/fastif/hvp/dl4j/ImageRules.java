package dev.fastif.hvp.dl4j;

import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.operations.Pointwise;
import dev.fastif.hvp.autodiff.operations.Tensors;
import dev.fastif.hvp.autodiff.operations.Window;
import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.Upsampling2D;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping2D;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;

/** Layers of images [n, c, h, w]. */
final class ImageRules {
    private ImageRules() {}

    static Flow convolution(Scope s, Flow in, ConvolutionLayer layer) {
        Node x = in.node();
        return in.with(convolved(s, x, s.value("W"), layer, window(s, layer)));
    }

    static Node convolved(Scope s, Node x, Node kernels, ConvolutionLayer layer, Window window) {
        return finished(s, s.ops().convolution(x, kernels, window), layer);
    }

    /** With the bias and the activation of the layer. */
    static Node finished(Scope s, Node z, ConvolutionLayer layer) {
        IActivation activation = layer.getActivationFn();
        if (activation instanceof ActivationSoftmax) {
            s.refuse("softmax over the channels of images");
        }
        Node biased = s.has("b") ? s.ops().add(z, s.ops().reshape(s.value("b"), 1, -1, 1, 1)) : z;
        return s.activation(activation, biased);
    }

    static Window window(Scope s, ConvolutionLayer layer) {
        return window(
                layer.getKernelSize(),
                layer.getStride(),
                layer.getDilation(),
                layer.getPadding(),
                notCausal(s, layer.getConvolutionMode()));
    }

    static Window window(int[] size, int[] stride, int[] dilation, int[] padding, ConvolutionMode mode) {
        Window window = Window.of(size[0], size[1]).stride(stride[0], stride[1]).dilation(dilation[0], dilation[1]);
        return switch (mode) {
            case Same -> window.same();
            case Strict, Truncate ->
                window.paddingBefore(padding[0], padding[1]).paddingAfter(padding[0], padding[1]);
            case Causal -> throw new IllegalArgumentException("windows over images are not causal");
        };
    }

    private static ConvolutionMode notCausal(Scope s, ConvolutionMode mode) {
        if (mode != ConvolutionMode.Causal) {
            return mode;
        }
        s.refuse("causal convolution of images");
        return ConvolutionMode.Same;
    }

    static Flow subsampling(Scope s, Flow in, SubsamplingLayer layer) {
        Window window = window(
                layer.getKernelSize(),
                layer.getStride(),
                layer.getDilation(),
                layer.getPadding(),
                notCausal(s, layer.getConvolutionMode()));
        return in.with(pooled(s, in.node(), layer, window));
    }

    static Node pooled(Scope s, Node x, SubsamplingLayer layer, Window window) {
        Tensors ops = s.ops();
        return switch (layer.getPoolingType()) {
            case MAX -> ops.maxPooling(x, window);
            case AVG ->
                layer.isAvgPoolIncludePadInDivisor()
                        ? ops.averagePooling(x, window)
                        : ops.averagePoolingOfPixels(x, window);
            case PNORM -> {
                Node powers = ops.apply(Pointwise.pow(layer.getPnorm()), ops.apply(Pointwise.abs(), x));
                int size = Arrays.stream(layer.getKernelSize()).reduce(1, (a, b) -> a * b);
                Node sums = ops.scale(ops.averagePooling(powers, window), size);
                yield ops.apply(Pointwise.pow(1.0 / layer.getPnorm()), sums);
            }
            case SUM -> {
                s.refuse("SUM pooling");
                yield ops.averagePooling(x, window);
            }
        };
    }

    static Flow zeroPadding(Scope s, Flow in, ZeroPaddingLayer layer) {
        Node x = in.node();
        int[] p = layer.getPadding(); // top, bottom, left, right
        return in.with(s.ops().pad(x, List.of(0, 0, p[0], p[2]), List.of(0, 0, p[1], p[3])));
    }

    static Flow cropping(Scope s, Flow in, Cropping2D layer) {
        Node x = in.node();
        int[] p = layer.getCropping(); // top, bottom, left, right
        return in.with(s.ops().pad(x, List.of(0, 0, -p[0], -p[2]), List.of(0, 0, -p[1], -p[3])));
    }

    /** {@code x / (k + alpha * the sum of squares over n neighbouring channels)^beta}. */
    static Flow localResponseNormalization(Scope s, Flow in, LocalResponseNormalization layer) {
        Tensors ops = s.ops();
        Node x = in.node();
        int half = (int) layer.getN() / 2;
        int size = 2 * half + 1;
        Window channels = Window.of(size, 1).paddingBefore(half, 0).paddingAfter(half, 0);
        // [n, h, c, w]: a window over channels is one over the rows of an image
        Node squares = ops.permute(ops.apply(Pointwise.pow(2), x), 0, 2, 1, 3);
        Node sums = ops.permute(ops.averagePooling(squares, channels), 0, 2, 1, 3);
        Node scale = ops.apply(Pointwise.shift(layer.getK()), ops.scale(sums, size * layer.getAlpha()));
        return in.with(ops.multiply(x, ops.apply(Pointwise.pow(-layer.getBeta()), scale)));
    }

    static Flow upsampling(Scope s, Flow in, Upsampling2D layer) {
        Node x = in.node();
        int[] size = layer.getSize();
        return in.with(s.ops().repeat(x, 1, 1, size[0], size[1]));
    }
}
