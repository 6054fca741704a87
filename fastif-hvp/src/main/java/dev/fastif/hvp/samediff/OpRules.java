package dev.fastif.hvp.samediff;

import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.Pointwise;
import dev.fastif.hvp.autodiff.Tensors;
import dev.fastif.hvp.autodiff.Window;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ops.DynamicCustomOp;

/** SameDiff's operations, by their names. */
final class OpRules {
    interface Rule {
        Node apply(Call call);
    }

    private interface Reduction {
        Node of(Tensors ops, Node x, int... axes);
    }

    /** Reshape's first argument may be the order of elements: that of C. */
    private static final long C_ORDER = -99;

    private static final Map<String, Rule> RULES = new TreeMap<>();

    static {
        arithmetic();
        functions();
        shapes();
        normalization();
        images();
    }

    private OpRules() {}

    static Set<String> supported() {
        return RULES.keySet();
    }

    static @Nullable Rule find(String name) {
        return RULES.get(name);
    }

    private static void arithmetic() {
        RULES.put("add", c -> c.ops().add(c.in(0), c.in(1)));
        RULES.put("subtract", c -> c.ops().subtract(c.in(0), c.in(1)));
        RULES.put("multiply", c -> c.ops().multiply(c.in(0), c.in(1)));
        RULES.put("divide", c -> c.ops().divide(c.in(0), c.in(1)));
        RULES.put(
                "squaredsubtract", c -> c.ops().apply(Pointwise.pow(2), c.ops().subtract(c.in(0), c.in(1))));
        RULES.put("add_scalar", c -> shifted(c, c.in(0), c.scalar()));
        RULES.put("sub_scalar", c -> shifted(c, c.in(0), -c.scalar()));
        RULES.put("rsub_scalar", c -> shifted(c, c.ops().scale(c.in(0), -1), c.scalar()));
        RULES.put("mul_scalar", c -> c.ops().scale(c.in(0), c.scalar()));
        RULES.put("div_scalar", c -> c.ops().scale(c.in(0), 1 / c.scalar()));
        RULES.put("rdiv_scalar", c -> c.ops().scale(c.ops().apply(Pointwise.pow(-1), c.in(0)), c.scalar()));
        RULES.put("matmul", c -> c.ops().matmul(transposed(c, 0), transposed(c, 1)));
        RULES.put("xw_plus_b", c -> c.ops().add(c.ops().matmul(c.in(0), c.in(1)), c.in(2)));
        RULES.put("biasadd", OpRules::biasAdd);
        RULES.put("identity", c -> c.in(0));
    }

    private static Node shifted(Call c, Node x, double by) {
        return c.ops().apply(Pointwise.shift(by), x);
    }

    private static Node transposed(Call c, int i) {
        return c.integer(i, 0) == 1 ? c.ops().moveAxis(c.in(i), -1, -2) : c.in(i);
    }

    private static Node biasAdd(Call c) {
        boolean[] flags = ((DynamicCustomOp) c.op()).bArgs();
        if (flags.length > 0 && flags[0]) {
            return c.ops().moveAxis(c.ops().add(c.ops().moveAxis(c.in(0), 1, -1), c.in(1)), -1, 1);
        }
        return c.ops().add(c.in(0), c.in(1));
    }

    private static void functions() {
        function("neg", c -> c.ops().scale(c.in(0), -1));
        pointwise("square", Pointwise.pow(2));
        pointwise("cube", Pointwise.pow(3));
        pointwise("sqrt", Pointwise.pow(0.5));
        pointwise("rsqrt", Pointwise.pow(-0.5));
        pointwise("Reciprocal", Pointwise.pow(-1));
        pointwise("exp", Pointwise.exp());
        pointwise("log", Pointwise.log());
        pointwise("log1p", Pointwise.log1p());
        pointwise("abs", Pointwise.abs());
        pointwise("erf", Pointwise.erf());
        pointwise("sin", Pointwise.sin());
        pointwise("cos", Pointwise.cos());
        pointwise("tanh", Pointwise.tanh());
        pointwise("sigmoid", Pointwise.sigmoid());
        pointwise("softplus", Pointwise.softplus());
        pointwise("softsign", Pointwise.softsign());
        pointwise("swish", Pointwise.swish());
        pointwise("mish", Pointwise.mish());
        pointwise("selu", Pointwise.selu());
        pointwise("gelu", Pointwise.geluSigmoid());
        pointwise("precise_gelu", Pointwise.geluTanhOfNd4j());
        pointwise("hard_sigmoid", Pointwise.hardSigmoid());
        pointwise("hardtanh", Pointwise.clip(-1, 1));
        pointwise("rational_tanh", Pointwise.rationalTanh());
        pointwise("rectified_tanh", Pointwise.rectifiedTanh());
        function("elu", c -> c.ops().apply(Pointwise.elu(c.real(0, 1)), c.in(0)));
        function("pow", c -> c.ops().apply(Pointwise.pow(c.scalar()), c.in(0)));
        function("leakyrelu", c -> c.ops().apply(Pointwise.leakyRelu(c.scalar()), c.in(0)));
        function("relu", c -> {
            if (c.scalar() != 0) {
                throw new Unsupported("relu with a cutoff");
            }
            return c.ops().apply(Pointwise.relu(), c.in(0));
        });
        function("relu6", c -> c.ops().apply(Pointwise.clip(0, 6), c.in(0)));
    }

    private static void function(String name, Rule rule) {
        RULES.put(name, rule);
    }

    private static void pointwise(String name, Pointwise function) {
        RULES.put(name, c -> c.ops().apply(function, c.in(0)));
    }

    private static void shapes() {
        reduction("reduce_sum", Tensors::sum);
        reduction("reduce_mean", Tensors::mean);
        reduction("reduce_max", Tensors::max);
        reduction("reduce_min", Tensors::min);
        RULES.put("reshape", OpRules::reshape);
        RULES.put("permute", c -> c.ops().permute(c.in(0), c.axes()));
        RULES.put("concat", c -> c.ops().concat((int) c.integer(0, 0), c.inputs()));
        RULES.put("gather", c -> c.ops().gather(c.in(0), c.in(1), (int) c.integer(0, 0)));
        RULES.put("expand_dims", c -> c.ops().insertAxis(c.in(0), (int) c.integer(0, 0)));
        RULES.put("squeeze", OpRules::squeeze);
        RULES.put("slice", OpRules::slice);
        RULES.put("strided_slice", OpRules::stridedSlice);
    }

    private static void reduction(String name, Reduction reduction) {
        RULES.put(name, c -> {
            int[] axes = c.axes();
            boolean overExamples = axes.length == 0 || Arrays.stream(axes).anyMatch(axis -> axis == 0);
            if (overExamples && c.isOfExamples(0)) {
                throw new Unsupported(
                        name + " over the examples, other than a sum or mean that is the loss or a term of it");
            }
            if (axes.length == 0) {
                return reduction.of(c.ops(), c.ops().reshape(c.in(0), -1), 0);
            }
            Node reduced = reduction.of(c.ops(), c.in(0), axes);
            if (c.keepsAxes()) {
                // in this order each axis comes to lie where it was; from the end, the last one first
                int[] order = Arrays.stream(axes).sorted().toArray();
                for (int i = 0; i < order.length; i++) {
                    int axis = order[0] < 0 ? order[order.length - 1 - i] : order[i];
                    reduced = c.ops().insertAxis(reduced, axis);
                }
            }
            return reduced;
        });
    }

    private static Node reshape(Call c) {
        long[] shape = c.has(1) ? c.constant(1) : c.ints();
        if (shape.length > 0 && shape[0] == C_ORDER) {
            shape = Arrays.copyOfRange(shape, 1, shape.length);
        }
        if (shape.length > 0 && shape[0] < -1) {
            throw new Unsupported("reshape in Fortran order");
        }
        return c.ops().reshape(c.in(0), shape);
    }

    private static Node squeeze(Call c) {
        Node x = c.in(0);
        int[] axes = Arrays.stream(c.axes()).sorted().toArray();
        for (int i = axes.length - 1; i >= 0; i--) {
            x = c.ops().dropAxis(x, axes[axes[0] < 0 ? axes.length - 1 - i : i]);
        }
        return x;
    }

    private static Node slice(Call c) {
        long[] ints = c.ints();
        int rank = ints.length / 2;
        Node x = c.in(0);
        for (int axis = 0; axis < rank; axis++) {
            long size = ints[rank + axis];
            x = c.ops().slice(x, axis, ints[axis], size < 0 ? Long.MAX_VALUE : ints[axis] + size, 1);
        }
        return x;
    }

    /** Masks say, bit by bit, where a begin or end is open and which axes are dropped. */
    private static Node stridedSlice(Call c) {
        long[] ints = c.ints();
        int rank = (ints.length - 5) / 3;
        if (ints[1] != 0 || ints[3] != 0 || rank == 0) {
            throw new Unsupported("strided_slice with an ellipsis, new axes or variable positions");
        }
        Node x = c.in(0);
        for (int axis = rank - 1; axis >= 0; axis--) {
            long begin = ints[5 + axis];
            long stride = ints[5 + 2 * rank + axis];
            boolean point = ((ints[4] >> axis) & 1) == 1;
            boolean openBegin = ((ints[0] >> axis) & 1) == 1;
            boolean openEnd = ((ints[2] >> axis) & 1) == 1;
            long first = openBegin ? (stride > 0 ? 0 : -1) : begin;
            long last = point ? (begin == -1 ? Long.MAX_VALUE : begin + 1) : ints[5 + rank + axis];
            x = c.ops().slice(x, axis, first, openEnd && !point ? Long.MAX_VALUE : last, point ? 1 : stride);
            x = point ? c.ops().dropAxis(x, axis) : x;
        }
        return x;
    }

    private static void normalization() {
        RULES.put("softmax", c -> along(c, (int) c.integer(0, -1), c.ops()::softmax));
        RULES.put("log_softmax", c -> along(c, (int) c.integer(0, -1), c.ops()::logSoftmax));
        RULES.put("standardize", c -> along(c, oneAxis(c), x -> c.ops().normalize(x, 0)));
        RULES.put(
                "layer_norm",
                c -> along(c, oneAxis(c), x -> {
                    Node scaled = c.ops().multiply(c.ops().normalize(x, 0), c.in(1));
                    return c.has(2) ? c.ops().add(scaled, c.in(2)) : scaled;
                }));
        RULES.put("batchnorm", OpRules::batchNorm);
    }

    private static int oneAxis(Call c) {
        if (c.axes().length != 1) {
            throw new Unsupported(c.op().opName() + " over several dimensions");
        }
        return c.axes()[0];
    }

    private static Node along(Call c, int axis, UnaryOperator<Node> function) {
        return axis == -1
                ? function.apply(c.in(0))
                : c.ops().moveAxis(function.apply(c.ops().moveAxis(c.in(0), axis, -1)), -1, axis);
    }

    /** Arguments: x, mean, variance, and gamma and beta if they are applied. */
    private static Node batchNorm(Call c) {
        Tensors ops = c.ops();
        boolean gamma = c.integer(0, 0) == 1;
        boolean beta = c.integer(1, 0) == 1;
        return along(c, (int) c.integer(2, -1), x -> {
            Node deviation = ops.apply(Pointwise.pow(-0.5), shifted(c, c.in(2), c.real(0, 1e-5)));
            Node y = ops.multiply(ops.subtract(x, c.in(1)), deviation);
            y = gamma ? ops.multiply(y, c.in(3)) : y;
            return beta ? ops.add(y, c.in(gamma ? 4 : 3)) : y;
        });
    }

    private static void images() {
        RULES.put("conv2d", c -> {
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
        RULES.put("maxpool2d", c -> {
            boolean last = c.integer(10, 0) == 1;
            return channelsBack(c, c.ops().maxPooling(channelsFirst(c, last), window(c)), last);
        });
        RULES.put("avgpool2d", c -> {
            boolean last = c.integer(10, 0) == 1;
            Node x = channelsFirst(c, last);
            Node y = c.integer(9, 0) == 1
                    ? c.ops().averagePooling(x, window(c))
                    : c.ops().averagePoolingOfPixels(x, window(c));
            return channelsBack(c, y, last);
        });
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
