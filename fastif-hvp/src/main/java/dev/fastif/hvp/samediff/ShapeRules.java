package dev.fastif.hvp.samediff;

import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.operations.Pointwise;
import dev.fastif.hvp.autodiff.operations.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Operations that move elements. */
final class ShapeRules {
    /** Reshape's first argument may be the order of elements: that of C. */
    private static final long C_ORDER = -99;

    private ShapeRules() {}

    static Map<String, OpRules.Rule> rules() {
        Map<String, OpRules.Rule> rules = new HashMap<>();
        rules.put("reshape", ShapeRules::reshape);
        rules.put("permute", c -> c.ops().permute(c.in(0), ints(c.intsOrArgument(1))));
        rules.put("transpose", c -> c.ops().permute(c.in(0)));
        rules.put("tile", c -> c.ops().tile(c.in(0), ints(c.intsOrArgument(1))));
        rules.put("reverse", ShapeRules::reverse);
        rules.put("pad", ShapeRules::pad);
        rules.put("stack", c -> {
            int axis = (int) c.integer(0, 0);
            return c.ops()
                    .concat(
                            axis,
                            c.inputs().stream()
                                    .map(x -> c.ops().insertAxis(x, axis))
                                    .toList());
        });
        rules.put("unstack", c -> {
            int axis = (int) c.integer(0, 0);
            return c.ops().dropAxis(c.ops().slice(c.in(0), axis, c.output(), c.output() + 1L, 1), axis);
        });
        rules.put("split", c -> {
            requireArguments(c, 1);
            return c.ops().part(c.in(0), (int) c.integer(1, 0), c.output(), (int) c.integer(0, 1));
        });
        rules.put("cumsum", c -> {
            requireArguments(c, 1);
            Tensors.SumOf of = c.integer(0, 0) == 1 ? Tensors.SumOf.THOSE_BEFORE : Tensors.SumOf.ALL;
            Tensors.Direction direction = c.integer(1, 0) == 1 ? Tensors.Direction.BACKWARD : Tensors.Direction.FORWARD;
            if (c.ints().length != 3) {
                throw Refusal.SEVERAL_DIMENSIONS.of("cumsum");
            }
            return c.ops().cumulativeSum(c.in(0), (int) c.integer(2, -1), of, direction);
        });
        rules.put("concat", c -> c.ops().concat((int) c.integer(0, 0), c.inputs()));
        rules.put("gather", c -> {
            requireArguments(c, 2);
            return c.ops().gather(c.in(0), c.in(1), (int) c.integer(0, 0));
        });
        rules.put("expand_dims", c -> c.ops().insertAxis(c.in(0), (int) c.intsOrArgument(1)[0]));
        rules.put("squeeze", ShapeRules::squeeze);
        rules.put("slice", ShapeRules::slice);
        rules.put("strided_slice", ShapeRules::stridedSlice);
        return rules;
    }

    private static int[] ints(long... numbers) {
        return Arrays.stream(numbers).mapToInt(Math::toIntExact).toArray();
    }

    private static void requireArguments(Call c, int most) {
        if (c.has(most)) {
            throw Refusal.POSITIONS.of(c.op().opName());
        }
    }

    private static Node reverse(Call c) {
        Node x = c.in(0);
        for (int axis : c.axes()) {
            x = c.ops().slice(x, axis, -1, Long.MAX_VALUE, -1);
        }
        return x;
    }

    /** Zeros around what is less by the padding's value. */
    private static Node pad(Call c) {
        long[] widths = c.constant(1);
        if (c.integer(0, 0) != 0 || c.has(2)) {
            throw Refusal.PAD.of();
        }
        double value = c.real(0, 0);
        List<Integer> before = new ArrayList<>();
        List<Integer> after = new ArrayList<>();
        for (int i = 0; i < widths.length; i += 2) {
            before.add((int) widths[i]);
            after.add((int) widths[i + 1]);
        }
        Node padded = c.ops().pad(c.ops().apply(Pointwise.shift(-value), c.in(0)), before, after);
        return c.ops().apply(Pointwise.shift(value), padded);
    }

    private static Node reshape(Call c) {
        long[] shape = c.has(1) ? c.constant(1) : c.ints();
        if (shape.length > 0 && shape[0] == C_ORDER) {
            shape = Arrays.copyOfRange(shape, 1, shape.length);
        }
        if (shape.length > 0 && shape[0] < -1) {
            throw Refusal.FORTRAN.of();
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
        requireArguments(c, 1);
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
        requireArguments(c, 1);
        long[] ints = c.ints();
        int rank = (ints.length - 5) / 3;
        if (ints[1] != 0 || ints[3] != 0 || rank == 0) {
            throw Refusal.STRIDED_SLICE.of();
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
}
