package dev.fastif.hvp.dl4j;

import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;

/** Windows that are larger than what they look at: DL4J does not always notice, and may then end the process. */
final class Windows {
    private Windows() {}

    static void requireFit(Layer layer, InputType type) {
        if (layer instanceof FrozenLayer frozen) {
            requireFit(frozen.getLayer(), type);
        } else if (layer instanceof FrozenLayerWithBackprop frozen) {
            requireFit(frozen.getUnderlying(), type);
        } else if (layer instanceof ConvolutionLayer convolution) {
            requireFit(
                    convolution.getConvolutionMode(),
                    type,
                    convolution.getKernelSize(),
                    convolution.getDilation(),
                    convolution.getPadding());
        } else if (layer instanceof SubsamplingLayer pooling) {
            requireFit(
                    pooling.getConvolutionMode(),
                    type,
                    pooling.getKernelSize(),
                    pooling.getDilation(),
                    pooling.getPadding());
        }
    }

    private static void requireFit(ConvolutionMode mode, InputType type, int[] kernel, int[] dilation, int[] padding) {
        if (mode == ConvolutionMode.Same || mode == ConvolutionMode.Causal) {
            return;
        }
        long[] sizes = type instanceof InputType.InputTypeConvolutional image
                ? new long[] {image.getHeight(), image.getWidth()}
                : type instanceof InputType.InputTypeRecurrent rnn
                        ? new long[] {rnn.getTimeSeriesLength()}
                        : new long[0];
        for (int i = 0; i < sizes.length; i++) {
            if ((kernel[i] - 1L) * dilation[i] + 1 > sizes[i] + 2L * padding[i]) {
                throw new IllegalArgumentException("the window is larger than " + type);
            }
        }
    }
}
