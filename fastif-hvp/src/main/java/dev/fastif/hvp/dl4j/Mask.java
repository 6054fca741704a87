package dev.fastif.hvp.dl4j;

import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.operations.Tensors;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which steps of a sequence there are. DL4J sends masks through a network beside the activations; whether a layer looks at its
 * mask is its own matter, and many let the padding be what they compute of it.
 *
 * @param steps [n, t, 1]: 1, or 0 of a step that is padding
 * @param arrays the masks of the batch that it was made of
 * @param isResized whether t is other than that of the batch's own arrays
 * @param isJoined whether it is a union of masks, which DL4J keeps as booleans
 * @param problem why DL4J cannot apply this mask, or null if it can
 */
record Mask(
        Node steps,
        Set<String> arrays,
        boolean isResized,
        boolean isJoined,
        @Nullable String problem) {
    static Mask given(Node steps, String array) {
        return new Mask(steps, Set.of(array), false, false, null);
    }

    /** Made of the sequence itself: no array of the batch tells it. */
    static Mask found(Node steps) {
        return new Mask(steps, Set.of(), false, false, null);
    }

    /** For messages: the arrays of the batch. */
    String name() {
        return arrays.isEmpty() ? "a mask that is made of the sequence" : "'" + String.join("' with '", arrays) + "'";
    }

    /** What two masks both have, of arrays that are looked at together; null if there is neither. */
    static @Nullable Mask intersection(Tensors ops, @Nullable Mask a, @Nullable Mask b) {
        if (a == null || b == null) {
            return a == null ? b : a;
        }
        return new Mask(
                ops.multiply(a.steps, b.steps),
                together(a, b),
                a.isResized || b.isResized,
                a.isJoined || b.isJoined,
                problemOf(a, b));
    }

    /** The same with as many steps. */
    Mask with(Node other) {
        return new Mask(other, arrays, isResized, isJoined, problem);
    }

    /** For a sequence of another length. */
    Mask resized(Node other) {
        return new Mask(other, arrays, true, isJoined, problem);
    }

    /** For a sequence of another length, to which DL4J does not fit the mask. */
    Mask left(Node other, String layer) {
        return unusable(other, "DL4J leaves the mask as long as it was before " + layer);
    }

    /** For a sequence of another length, for which DL4J has no right mask. */
    Mask unusable(Node other, String why) {
        return new Mask(other, arrays, true, isJoined, why);
    }

    /** What is left of the mask where arrays are joined: a step is there if one of them has it, each if one has no mask. */
    static @Nullable Mask union(Tensors ops, List<Flow> joined) {
        if (joined.stream().anyMatch(flow -> flow.mask() == null)) {
            return null;
        }
        Mask all = joined.stream()
                .map(Flow::mask)
                .filter(Objects::nonNull)
                .distinct()
                .reduce((a, b) -> or(ops, a, b))
                .orElseThrow();
        return new Mask(all.steps, all.arrays, all.isResized, all.isJoined || joined.size() > 1, all.problem);
    }

    /** That of arrays under one another; as in DL4J none if one has none. */
    static @Nullable Mask stacked(Tensors ops, List<Flow> stacked) {
        Mask all = union(ops, stacked);
        return all == null
                ? null
                : all.resized(ops.concat(
                        0,
                        stacked.stream()
                                .map(Flow::mask)
                                .map(Objects::requireNonNull)
                                .map(Mask::steps)
                                .toList()));
    }

    private static Mask or(Tensors ops, Mask a, Mask b) {
        Node both = ops.multiply(a.steps, b.steps);
        return new Mask(
                ops.subtract(ops.add(a.steps, b.steps), both),
                together(a, b),
                a.isResized || b.isResized,
                true,
                problemOf(a, b));
    }

    private static Set<String> together(Mask a, Mask b) {
        Set<String> arrays = new TreeSet<>(a.arrays);
        arrays.addAll(b.arrays);
        return arrays;
    }

    private static @Nullable String problemOf(Mask a, Mask b) {
        String problem = Stream.of(a, b)
                .map(Mask::problem)
                .filter(Objects::nonNull)
                .distinct()
                .collect(Collectors.joining("; "));
        return problem.isEmpty() ? null : problem;
    }
}
