package dev.fastif.hvp.dl4j;

import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.operations.Tensors;
import dev.fastif.hvp.autodiff.operations.Window;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;

/** Convolutions in which each channel has kernels of its own. */
final class DepthwiseRules {
    private DepthwiseRules() {}

    /** DL4J keeps the kernels as [height, width, channels, multiplier]. */
    static Flow depthwise(Scope s, Flow in, DepthwiseConvolution2D layer) {
        Node x = in.node();
        Node kernels = s.ops().permute(s.value("W"), 2, 3, 0, 1);
        return in.with(ImageRules.finished(s, convolved(s, x, kernels, layer), layer));
    }

    /** DL4J keeps the channels' kernels as [multiplier, channels, height, width], and what mixes channels as a convolution. */
    static Flow separable(Scope s, Flow in, SeparableConvolution2D layer) {
        Node x = in.node();
        Node kernels = s.ops().permute(s.value("W"), 1, 0, 2, 3);
        Node apart = convolved(s, x, kernels, layer);
        return in.with(ImageRules.finished(s, s.ops().convolution(apart, s.value("pW"), Window.of(1, 1)), layer));
    }

    /** With kernels [channels, multiplier, height, width]: [n, channels * multiplier, h', w']. */
    private static Node convolved(Scope s, Node x, Node kernels, ConvolutionLayer layer) {
        Tensors ops = s.ops();
        Window window = ImageRules.window(s, layer);
        long channels = layer.getNIn();
        long size = (long) layer.getKernelSize()[0] * layer.getKernelSize()[1];
        Node seen = ops.reshape(ops.patches(x, window), 0, 0, 0, channels, 1, size);
        Node products = ops.multiply(seen, ops.reshape(kernels, 0, 0, size));
        Node sums = ops.sum(products, 5); // [n, h', w', channels, multiplier]
        return ops.permute(ops.reshape(sums, 0, 0, 0, -1), 0, 3, 1, 2);
    }
}
