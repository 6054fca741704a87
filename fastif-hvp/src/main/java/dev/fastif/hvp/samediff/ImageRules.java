package dev.fastif.hvp.samediff;

import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.operations.Tensors;
import dev.fastif.hvp.autodiff.operations.Window;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Convolution and pooling of images. */
final class ImageRules {
    private ImageRules() {}

    static Map<String, OpRules.Rule> rules() {
        Map<String, OpRules.Rule> rules = new HashMap<>();
        rules.put("conv2d", c -> {
            boolean last = c.integer(9, 0) == 1;
            Node kernels =
                    switch ((int) c.integer(10, 0)) {
                        case 0 -> c.ops().permute(c.in(1), 3, 2, 0, 1); // [kh, kw, in, out]
                        case 1 -> c.in(1); // [out, in, kh, kw]
                        default -> c.ops().permute(c.in(1), 0, 3, 1, 2); // [out, kh, kw, in]
                    };
            Node y = c.ops().convolution(channelsFirst(c, last), kernels, window(c));
            Node biased = c.has(2) ? c.ops().add(y, c.ops().reshape(c.in(2), 1, -1, 1, 1)) : y;
            return channelsBack(c, biased, last);
        });
        rules.put("maxpool2d", c -> {
            boolean last = c.integer(10, 0) == 1;
            return channelsBack(c, c.ops().maxPooling(channelsFirst(c, last), window(c)), last);
        });
        rules.put("avgpool2d", c -> {
            boolean last = c.integer(10, 0) == 1;
            Node x = channelsFirst(c, last);
            Node y = c.integer(9, 0) == 1
                    ? c.ops().averagePooling(x, window(c))
                    : c.ops().averagePoolingOfPixels(x, window(c));
            return channelsBack(c, y, last);
        });
        rules.put("upsampling2d", c -> {
            boolean last = c.integer(2, 1) == 0;
            Node y = c.ops().repeat(channelsFirst(c, last), 1, 1, (int) c.integer(0, 1), (int) c.integer(1, 1));
            return channelsBack(c, y, last);
        });
        rules.put("depthwise_conv2d", c -> convolved(c, depthwise(c), 2));
        rules.put("sconv2d", c -> {
            requireUsualKernels(c);
            Node mixed = c.ops().convolution(depthwise(c), c.ops().permute(c.in(2), 3, 2, 0, 1), Window.of(1, 1));
            return convolved(c, mixed, 3);
        });
        rules.put("conv1d", ImageRules::ofSequences);
        return rules;
    }

    private static void requireUsualKernels(Call c) {
        if (c.integer(10, 0) != 0) {
            throw Refusal.KERNELS.of(c.op().opName(), "height, width, in, out");
        }
    }

    /** The result of a convolution, with its bias and where its channels belong. */
    private static Node convolved(Call c, Node y, int bias) {
        Node biased = c.has(bias) ? c.ops().add(y, c.ops().reshape(c.in(bias), 1, -1, 1, 1)) : y;
        return channelsBack(c, biased, c.integer(9, 0) == 1);
    }

    /** With kernels [height, width, channels, multiplier] of each channel's own: [n, channels * multiplier, h', w']. */
    private static Node depthwise(Call c) {
        requireUsualKernels(c);
        Tensors t = c.ops();
        long[] shape = c.shapeOfParameter(1);
        long size = shape[0] * shape[1];
        Node patches = t.patches(channelsFirst(c, c.integer(9, 0) == 1), window(c));
        Node seen = t.reshape(patches, 0, 0, 0, shape[2], 1, size);
        Node kernels = t.reshape(t.permute(c.in(1), 2, 3, 0, 1), 0, 0, size);
        Node sums = t.sum(t.multiply(seen, kernels), 5); // [n, h', w', channels, multiplier]
        return t.permute(t.reshape(sums, 0, 0, 0, -1), 0, 3, 1, 2);
    }

    /** A convolution [n, c, w] as one of images of width 1, with kernels [size, in, out]. */
    private static Node ofSequences(Call c) {
        Tensors t = c.ops();
        int[] a = Arrays.stream(c.ints()).mapToInt(Math::toIntExact).toArray();
        if (c.integer(6, 0) != 0) {
            throw Refusal.KERNELS.of("conv1d", "size, in, out");
        }
        boolean last = a[5] == 1;
        Node x = last ? t.moveAxis(c.in(0), -1, 1) : c.in(0);
        Node kernels = t.insertAxis(t.permute(c.in(1), 2, 1, 0), -1);
        Window window = padded(Window.of(a[0], 1).stride(a[1], 1).dilation(a[3], 1), a[4], a[2], 0);
        Node y = t.dropAxis(t.convolution(t.insertAxis(x, -1), kernels, window), -1);
        Node biased = c.has(2) ? t.add(y, t.reshape(c.in(2), 1, -1, 1)) : y;
        return last ? t.moveAxis(biased, 1, -1) : biased;
    }

    private static Node channelsFirst(Call c, boolean last) {
        return last ? c.ops().permute(c.in(0), 0, 3, 1, 2) : c.in(0);
    }

    private static Node channelsBack(Call c, Node y, boolean last) {
        return last ? c.ops().permute(y, 0, 2, 3, 1) : y;
    }

    /** Arguments: kernel, stride, padding, dilation, each of two, and whether the padding is "same". */
    private static Window window(Call c) {
        int[] a = Arrays.stream(c.ints()).mapToInt(Math::toIntExact).toArray();
        Window window = Window.of(a[0], a[1]).stride(a[2], a[3]).dilation(a[6], a[7]);
        return padded(window, a[8], a[4], a[5]);
    }

    private static Window padded(Window window, int mode, int height, int width) {
        return switch (mode) {
            case 0 -> window.paddingBefore(height, width).paddingAfter(height, width);
            case 1 -> window.same();
            default -> throw Refusal.CAUSAL.of();
        };
    }
}
