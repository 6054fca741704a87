package dev.fastif.hvp.samediff;

import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.operations.Pointwise;
import dev.fastif.hvp.autodiff.operations.Tensors;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.nd4j.linalg.api.ops.BaseReduceOp;
import org.nd4j.linalg.api.ops.impl.summarystats.Variance;

/** Reductions over dimensions other than that of the examples. */
final class ReductionRules {
    private ReductionRules() {}

    static Map<String, OpRules.Rule> rules() {
        Map<String, OpRules.Rule> rules = new HashMap<>();
        simple().forEach((name, reduction) -> rules.put(name, c -> reduced(c, c.axes(), c.keepsAxes(), reduction)));
        ofTwo().forEach((name, reduction) -> rules.put(
                name,
                c -> reduced(
                        c,
                        c.axes(),
                        c.keepsAxes(),
                        (t, x, axes) -> reduction.of(t, stretched(c, 0), stretched(c, 1), axes))));
        rules.put("reduce_logsumexp", c -> reduced(c, c.axes(), c.real(0, 0) != 0, ReductionRules::logSumExp));
        rules.put(
                "moments",
                c -> reduced(
                        c,
                        c.axes(),
                        c.flag(0),
                        c.output() == 0 ? Tensors::mean : (t, x, axes) -> variance(c, x, false, axes)));
        rules.put("var", c -> spread(c, UnaryOperator.identity()));
        rules.put("std", c -> spread(c, x -> root(c.ops(), x)));
        return rules;
    }

    private interface Reduction {
        Node of(Tensors ops, Node x, int... axes);
    }

    private interface ReductionOfTwo {
        Node of(Tensors ops, Node x, Node y, int... axes);
    }

    private static Map<String, Reduction> simple() {
        Map<String, Reduction> all = new HashMap<>();
        all.put("reduce_sum", Tensors::sum);
        all.put("reduce_mean", Tensors::mean);
        all.put("reduce_max", Tensors::max);
        all.put("reduce_min", Tensors::min);
        all.put("reduce_norm1", (t, x, axes) -> t.sum(abs(t, x), axes));
        all.put("asum", (t, x, axes) -> t.sum(abs(t, x), axes));
        all.put("amean", (t, x, axes) -> t.mean(abs(t, x), axes));
        all.put("amax", (t, x, axes) -> t.max(abs(t, x), axes));
        all.put("reduce_normmax", (t, x, axes) -> t.max(abs(t, x), axes));
        all.put("reduce_sqnorm", (t, x, axes) -> t.sum(square(t, x), axes));
        all.put("reduce_norm2", (t, x, axes) -> root(t, t.sum(square(t, x), axes)));
        return all;
    }

    private static Map<String, ReductionOfTwo> ofTwo() {
        Map<String, ReductionOfTwo> all = new HashMap<>();
        all.put("dot", (t, x, y, axes) -> t.sum(t.multiply(x, y), axes));
        all.put("euclidean", (t, x, y, axes) -> root(t, t.sum(square(t, t.subtract(x, y)), axes)));
        all.put("manhattan", (t, x, y, axes) -> t.sum(abs(t, t.subtract(x, y)), axes));
        all.put("cosinesimilarity", ReductionRules::cosine);
        all.put("cosinedistance", (t, x, y, axes) -> t.apply(Pointwise.shift(1), t.scale(cosine(t, x, y, axes), -1)));
        return all;
    }

    private static Node cosine(Tensors t, Node x, Node y, int... axes) {
        Node lengths = t.multiply(root(t, t.sum(square(t, x), axes)), root(t, t.sum(square(t, y), axes)));
        return t.divide(t.sum(t.multiply(x, y), axes), lengths);
    }

    /** The reduction, of one axis: each element less its logarithm of softmax is the same. */
    private static Node logSumExp(Tensors t, Node x, int... axes) {
        if (axes.length != 1) {
            throw Refusal.SEVERAL_DIMENSIONS.of("reduce_logsumexp");
        }
        Node last = t.moveAxis(x, axes[0], -1);
        return t.mean(t.subtract(last, t.logSoftmax(last)), -1);
    }

    private static Node spread(Call c, UnaryOperator<Node> function) {
        boolean corrected = ((Variance) c.op()).isBiasCorrected();
        return reduced(c, c.axes(), c.keepsAxes(), (t, x, axes) -> function.apply(variance(c, x, corrected, axes)));
    }

    private static Node variance(Call c, Node x, boolean corrected, int... axes) {
        Tensors t = c.ops();
        Node deviations = t.subtract(x, kept(c, t.mean(x, axes), axes));
        return corrected ? t.meanOfSquaredDeviations(deviations, axes) : t.mean(square(t, deviations), axes);
    }

    private static Node abs(Tensors t, Node x) {
        return t.apply(Pointwise.abs(), x);
    }

    private static Node square(Tensors t, Node x) {
        return t.apply(Pointwise.pow(2), x);
    }

    private static Node root(Tensors t, Node x) {
        return t.apply(Pointwise.pow(0.5), x);
    }

    private static Node stretched(Call c, int i) {
        return c.ops().requireShape(c.in(i), "one argument", c.in(1 - i), "the other");
    }

    private static Node reduced(Call c, int[] axes, boolean keeps, Reduction reduction) {
        boolean overExamples = axes.length == 0 || Arrays.stream(axes).anyMatch(axis -> axis == 0);
        boolean ofExamples = c.isOfExamples(0) || (c.inputs().size() > 1 && c.isOfExamples(1));
        if (overExamples && ofExamples) {
            throw Refusal.EXAMPLES.of(c.op().opName());
        }
        if (axes.length == 0 && c.inputs().size() == 1 && !keeps) {
            return reduction.of(c.ops(), c.ops().reshape(c.in(0), -1), 0);
        }
        if (axes.length == 0) {
            throw Refusal.ALL_DIMENSIONS.of(c.op().opName());
        }
        Node x = keeps && c.op() instanceof BaseReduceOp ? requireKept(c, axes) : c.in(0);
        Node value = reduction.of(c.ops(), x, axes);
        return keeps ? kept(c, value, axes) : value;
    }

    /** The argument, if SameDiff keeps such axes without mixing up the numbers. */
    private static Node requireKept(Call c, int... axes) {
        int[] ascending = Arrays.stream(axes).sorted().toArray();
        if (ascending[0] >= 0 && Arrays.equals(axes, ascending)) {
            return c.in(0);
        }
        String what = Refusal.KEPT_DIMENSIONS.says(c.op().opName());
        if (axes.length == 1 && axes[0] == -1) {
            return c.ops().requireRank(c.in(0), 2, what);
        }
        throw Refusal.KEPT_DIMENSIONS.of(c.op().opName());
    }

    /** With axes of size 1 where they were: counted from the start the first of them first, from the end the last. */
    private static Node kept(Call c, Node reduced, int... axes) {
        Node x = reduced;
        int[] ascending = Arrays.stream(axes).sorted().toArray();
        for (int axis : ascending) {
            x = axis >= 0 ? c.ops().insertAxis(x, axis) : x;
        }
        for (int i = ascending.length - 1; i >= 0; i--) {
            x = ascending[i] < 0 ? c.ops().insertAxis(x, ascending[i]) : x;
        }
        return x;
    }
}
