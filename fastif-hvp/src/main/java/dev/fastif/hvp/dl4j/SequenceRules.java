package dev.fastif.hvp.dl4j;

import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.operations.Pointwise;
import dev.fastif.hvp.autodiff.operations.Tensors;
import dev.fastif.hvp.autodiff.operations.Window;
import java.util.List;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.BaseRecurrentLayer;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.Subsampling1DLayer;
import org.deeplearning4j.nn.conf.layers.Upsampling1D;
import org.deeplearning4j.nn.conf.layers.ZeroPadding1DLayer;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping1D;
import org.deeplearning4j.nn.conf.layers.misc.RepeatVector;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.deeplearning4j.nn.conf.layers.recurrent.TimeDistributed;
import org.deeplearning4j.nn.conf.layers.util.MaskLayer;
import org.deeplearning4j.nn.conf.layers.util.MaskZeroLayer;
import org.jspecify.annotations.Nullable;

/** Layers that look at neighbouring steps of sequences [n, t, c], or choose among them. */
final class SequenceRules {
    private SequenceRules() {}

    static Flow convolution(Scope s, Flow in, Convolution1DLayer layer) {
        Steps steps = Steps.of(
                layer.getKernelSize()[0],
                layer.getStride()[0],
                layer.getDilation()[0],
                layer.getPadding()[0],
                layer.getConvolutionMode());
        // DL4J keeps [out, in, size, 1] and reads the same numbers as [size, in, out]
        Node read = s.ops().reshape(s.value("W"), layer.getKernelSize()[0], layer.getNIn(), layer.getNOut());
        Node kernels = s.ops().reshape(s.ops().permute(read, 2, 1, 0), 0, 0, 0, 1);
        Node z = ImageRules.convolved(s, column(s, in.node()), kernels, layer, steps.window);
        return s.maskedIfHanded(in.with(sequence(s, z)).withMask(steps.of(s, in.mask())));
    }

    /** DL4J says it as of images whose rows are the steps. */
    static Layout takenBySubsampling(Subsampling1DLayer layer) {
        return layer.getCnn2dDataFormat() == CNN2DFormat.NHWC ? Layout.NWC : Layout.NCW;
    }

    static Flow subsampling(Scope s, Flow in, Subsampling1DLayer layer) {
        if (layer.getConvolutionMode() == ConvolutionMode.Causal) {
            s.refuse("causal pooling, of which DL4J pads nothing");
        }
        Steps steps = Steps.of(
                layer.getKernelSize()[0],
                layer.getStride()[0],
                layer.getDilation()[0],
                layer.getPadding()[0],
                layer.getConvolutionMode());
        Node z = ImageRules.pooled(s, column(s, in.node()), layer, steps.window);
        return s.maskedIfHanded(in.with(sequence(s, z)).withMask(steps.of(s, in.mask())));
    }

    /** What a window does to steps. DL4J leaves the mask as it is if the window says that it gives as many steps. */
    private record Steps(Window window, Window ofMask, boolean asMany, boolean seesPaddingAlone) {
        static Steps of(int size, int stride, int dilation, int padding, ConvolutionMode mode) {
            boolean causal = mode == ConvolutionMode.Causal;
            // of a causal convolution's mask DL4J takes what the same window would see in mode Same
            Window ofMask = ImageRules.window(
                    new int[] {size, 1},
                    new int[] {stride, 1},
                    new int[] {dilation, 1},
                    new int[] {padding, 0},
                    causal ? ConvolutionMode.Same : mode);
            Window window = causal
                    ? Window.of(size, 1).stride(stride, 1).dilation(dilation, 1).paddingBefore((size - 1) * dilation, 0)
                    : ofMask;
            boolean pads = !causal && mode != ConvolutionMode.Same;
            return new Steps(window, ofMask, stride == 1 && !pads, pads && (size - 1) * dilation + 1 <= padding);
        }

        /** As DL4J: a step is masked if all that its window sees is. */
        @Nullable
        Mask of(Scope s, @Nullable Mask mask) {
            if (mask == null || asMany) {
                return mask;
            }
            Node reduced = sequence(s, s.ops().maxPooling(column(s, mask.steps()), ofMask));
            if (!seesPaddingAlone) {
                return mask.resized(reduced);
            }
            Node ones = s.ops().apply(Pointwise.pieces("one", x -> 1), reduced);
            return mask.unusable(ones, "DL4J has no mask for windows that see nothing but padding");
        }
    }

    /** [n, t, c] as images [n, c, t, 1]. */
    private static Node column(Scope s, Node x) {
        return s.ops().reshape(s.ops().permute(x, 0, 2, 1), 0, 0, 0, 1);
    }

    private static Node sequence(Scope s, Node column) {
        return s.ops().permute(s.ops().reshape(column, 0, 0, -1), 0, 2, 1);
    }

    static Flow zeroPadding(Scope s, Flow in, ZeroPadding1DLayer layer) {
        List<Integer> before = List.of(0, layer.getPadding()[0], 0);
        List<Integer> after = List.of(0, layer.getPadding()[1], 0);
        return in.with(s.ops().pad(in.node(), before, after)).withMask(padded(s, in.mask(), before, after));
    }

    static Flow cropping(Scope s, Flow in, Cropping1D layer) {
        int[] cropped = layer.getCropping();
        List<Integer> before = List.of(0, -cropped[0], 0);
        List<Integer> after = List.of(0, -cropped[1], 0);
        Mask mask = in.mask();
        return in.with(s.ops().pad(in.node(), before, after))
                .withMask(mask == null ? null : mask.left(s.ops().pad(mask.steps(), before, after), "Cropping1D"));
    }

    static Flow upsampling(Scope s, Flow in, Upsampling1D layer) {
        int times = layer.getSize()[0];
        Mask mask = in.mask();
        return in.with(s.ops().repeat(in.node(), 1, times, 1))
                .withMask(mask == null ? null : mask.left(s.ops().repeat(mask.steps(), 1, times, 1), "Upsampling1D"));
    }

    static Flow repeatVector(Scope s, Flow in, RepeatVector layer) {
        Node row = s.ops().reshape(in.node(), 0, 1, -1);
        return new Flow(s.ops().repeat(row, 1, layer.getN(), 1), Layout.of(layer.getDataFormat()), null);
    }

    static Flow maskLayer(Scope s, Flow in, MaskLayer layer) {
        Mask mask = in.mask();
        if (mask != null && in.layout() == Layout.NWC) {
            s.inputs()
                    .features()
                    .refuse(mask.arrays(), "DL4J's MaskLayer takes the channels of " + in.layout() + " for steps");
        }
        if (mask != null && mask.isJoined()) {
            s.inputs()
                    .features()
                    .refuse(
                            mask.arrays(),
                            "DL4J's MaskLayer reads the booleans of a mask that joins others as numbers");
        }
        return s.masked(in);
    }

    /** Steps whose channels are all of one number are masked inside; no mask leaves the layer, not the one that came either. */
    static Flow maskZero(Scope s, Flow in, MaskZeroLayer layer) {
        if (in.layout() == Layout.NWC && !(layer.getUnderlying() instanceof BaseRecurrentLayer)) {
            s.refuse("MaskZeroLayer of " + in.layout() + ", where DL4J takes the channels for steps");
        }
        double masked = layer.getMaskingValue();
        Pointwise isMasked = Pointwise.pieces("is " + masked, x -> x == masked ? 1 : 0);
        Pointwise isThere = Pointwise.pieces("is not 1", share -> share == 1 ? 0 : 1);
        Node share = s.ops().mean(s.ops().apply(isMasked, in.node()), 2);
        Node steps = s.ops().insertAxis(s.ops().apply(isThere, share), 2);
        return Rules.apply(s.handingMasks(), in.withMask(Mask.found(steps)), layer.getUnderlying())
                .withMask(null);
    }

    /** A layer of rows on each step. DL4J lays out the mask in another order than the steps. */
    static Flow timeDistributed(Scope s, Flow in, TimeDistributed layer) {
        Mask mask = in.mask();
        if (mask != null) {
            s.inputs()
                    .features()
                    .refuse(mask.arrays(), "DL4J's TimeDistributed masks other steps than those of the mask");
        }
        return Rules.apply(s, in.as(Layout.STEPS), layer.getUnderlying()).as(in.layout());
    }

    private static @Nullable Mask padded(Scope s, @Nullable Mask mask, List<Integer> before, List<Integer> after) {
        if (mask == null) {
            return null;
        }
        Node hidden = s.ops().pad(s.ops().apply(Pointwise.shift(-1), mask.steps()), before, after);
        return mask.left(s.ops().apply(Pointwise.shift(1), hidden), "ZeroPadding1DLayer");
    }

    /** The layer inside is handed the mask. */
    static Flow lastTimeStep(Scope s, Flow in, LastTimeStep layer) {
        Flow out = Rules.apply(s.handingMasks(), in, layer.getUnderlying());
        Mask given = in.mask();
        Mask left = out.mask();
        boolean isSame = given == null || left == null || given.steps().equals(left.steps());
        // DL4J looks for the last step in the mask of what went in
        return last(
                s,
                isSame || left == null
                        ? out
                        : out.withMask(left.left(
                                left.steps(), layer.getUnderlying().getClass().getSimpleName())));
    }

    /** The last step of each sequence that is not masked. */
    static Flow last(Scope s, Flow sequence) {
        Mask mask = sequence.mask();
        Tensors ops = s.ops();
        if (mask == null) {
            Node last = ops.slice(sequence.node(), 1, -1, Long.MAX_VALUE, 1);
            return Flow.rows(ops.reshape(last, 0, -1));
        }
        return at(ops, sequence, s.some(mask, last(s, mask), "takes the last of them: DL4J fails"));
    }

    /** The sum over the steps of what is chosen by [n, t, 1]. */
    static Flow at(Tensors ops, Flow sequence, Node chosen) {
        return Flow.rows(ops.sum(ops.multiply(sequence.node(), chosen), 1));
    }

    private static Node last(Scope s, Mask mask) {
        Node steps = s.steps(mask);
        Node ready = s.inputs().features().last(s.builder(), mask);
        return ready == null ? reversed(s.ops(), firsts(s.ops(), reversed(s.ops(), steps))) : ready;
    }

    /** 1 at the first 1 of each sequence [n, t, 1]: a recurrence of whether there was one, and whether this is it. */
    private static Node firsts(Tensors ops, Node mask) {
        Node states = ops.scan(List.of(mask), List.of(), 2, (inner, elements, shared, state) -> {
            Node seen = inner.slice(state, 1, 0, 1, 1);
            Node here = elements.get(0);
            Node first = inner.subtract(here, inner.multiply(seen, here));
            return inner.concat(1, List.of(inner.add(seen, first), first));
        });
        return ops.slice(states, 2, 1, 2, 1);
    }

    static Node reversed(Tensors ops, Node x) {
        return ops.slice(x, 1, -1, Long.MAX_VALUE, -1);
    }
}
