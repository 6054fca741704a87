package dev.fastif.hvp.dl4j;

import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.operations.Pointwise;
import dev.fastif.hvp.autodiff.operations.Tensors;
import java.util.Arrays;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;

/** Pooling over all steps of sequences, or all positions of images. */
final class PoolingRules {
    private PoolingRules() {}

    /** Which axes are pooled says what the array is, if it is said. */
    static Layout takenByGlobalPooling(GlobalPoolingLayer layer) {
        int[] axes = layer.getPoolingDimensions();
        if (axes == null) {
            return Layout.POOLED;
        }
        return Arrays.stream(Layout.values())
                .filter(layout -> layout != Layout.POOLED && Arrays.equals(axes, pooled(layout)))
                .findFirst()
                .orElse(Layout.POOLED);
    }

    private static int[] pooled(Layout layout) {
        return switch (layout) {
            case NCW -> new int[] {2};
            case NWC -> new int[] {1};
            case NCHW -> new int[] {2, 3};
            case NHWC -> new int[] {1, 2};
            default -> new int[0];
        };
    }

    static Flow globalPooling(Scope s, Flow in, GlobalPoolingLayer layer) {
        int[] axes = layer.getPoolingDimensions();
        if (axes != null && takenByGlobalPooling(layer) == Layout.POOLED) {
            s.refuse("global pooling over the axes " + Arrays.toString(axes));
        }
        if (axes == null && !in.layout().isChannelsFirst()) {
            s.refuse("global pooling of " + in.layout()
                    + ", where DL4J pools channels too unless poolingDimensions(...) says otherwise");
        }
        if (!layer.isCollapseDimensions()) {
            s.refuse("global pooling that keeps dimensions of 1");
        }
        if (in.layout().isImage()) {
            return Flow.rows(over(s, in.node(), layer, 2, 3));
        }
        Mask mask = in.mask();
        if (mask == null) {
            return Flow.rows(over(s, in.node(), layer, 1));
        }
        if (in.layout() == Layout.NWC) {
            s.inputs().features().refuse(mask.arrays(), "DL4J masks channels in its global pooling of " + in.layout());
        }
        Node steps = s.steps(mask);
        if (layer.getPoolingType() == PoolingType.AVG || layer.getPoolingType() == PoolingType.MAX) {
            steps = s.some(mask, steps, "takes their mean or largest, in DL4J no number");
        }
        return Flow.rows(masked(s, in.node(), steps, layer));
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

    private static Node masked(Scope s, Node x, Node steps, GlobalPoolingLayer layer) {
        Tensors ops = s.ops();
        if (layer.getPoolingType() == PoolingType.MAX) {
            // far below any activation, so that a masked step is never the largest
            Node low = ops.scale(ops.apply(Pointwise.shift(-1), steps), 1e30);
            return ops.max(ops.add(x, low), 1);
        }
        Node sum = over(s, ops.multiply(x, steps), layer, 1);
        // the mean over all steps, of those that are there
        return layer.getPoolingType() == PoolingType.AVG ? ops.divide(sum, ops.mean(steps, 1)) : sum;
    }
}
