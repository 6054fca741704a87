package dev.fastif.hvp.samediff;

import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.Window;
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
        return rules;
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
        return switch (a[8]) {
            case 0 -> window.paddingBefore(a[4], a[5]).paddingAfter(a[4], a[5]);
            case 1 -> window.same();
            default -> throw new Unsupported("causal padding");
        };
    }
}
