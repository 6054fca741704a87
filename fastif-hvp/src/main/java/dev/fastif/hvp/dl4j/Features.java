package dev.fastif.hvp.dl4j;

import dev.fastif.core.Batch;
import dev.fastif.core.internal.Check;
import dev.fastif.hvp.autodiff.Graph;
import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.operations.Tensors;
import dev.fastif.hvp.internal.Unsupported;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The feature arrays of the batch, their masks, and what is made of these before a graph sees them. A mask that is not given is
 * all ones, so that there is one graph for all batches. Mutable while a network is translated, not afterwards.
 */
final class Features {
    /** What the graph takes of a mask besides itself. */
    private enum Derived {
        /** 1 at the last step that is there, [n, t, 1]. */
        LAST(".last"),
        /** Ones [n, t, 1], whatever the mask. */
        STEPS(".steps"),
        /** From each step that is there to the one as far from the other end, [n, t, t]. */
        REVERSAL(".reversal");

        private final String suffix;

        Derived(String suffix) {
            this.suffix = suffix;
        }

        INDArray of(INDArray mask) {
            return switch (this) {
                case LAST -> last(mask);
                case STEPS -> Nd4j.ones(mask.shape());
                case REVERSAL -> reversal(mask);
            };
        }
    }

    private record Given(String input, String array, Layout layout) {}

    private final Map<String, Given> byInput = new LinkedHashMap<>();
    private final Map<String, Given> byMask = new LinkedHashMap<>();
    private final Map<String, Set<Derived>> wanted = new LinkedHashMap<>();
    private final Map<String, String> refused = new TreeMap<>();

    /** Array {@code i} of the batch as the network's input of this name. */
    Flow flow(Graph.Builder builder, int i, String input, Layout layout) {
        String array = Inputs.name(Batch.FEATURES, i);
        Given given = new Given(input, array, layout);
        byInput.put(input, given);
        Node node = builder.input(array);
        Tensors ops = new Tensors(builder);
        Node ours =
                switch (layout) {
                    case NCW -> ops.permute(node, 0, 2, 1);
                    case NHWC -> ops.permute(node, 0, 3, 1, 2);
                    case IDS -> ops.reshape(node, 0, -1);
                    case SOME -> ops.reshape(node, 0, -1);
                    case POOLED -> ops.permute(ops.reshape(node, 0, 0, -1), 0, 2, 1);
                    default -> node;
                };
        if (!layout.hasSteps()) {
            return new Flow(ours, layout, null);
        }
        String mask = maskName(array);
        byMask.put(mask, given);
        return new Flow(ours, layout, Mask.given(builder.input(mask), mask));
    }

    private static String maskName(String array) {
        return array.replaceFirst(Batch.FEATURES, Batch.FEATURES_MASK);
    }

    /** The mask of an input of the network. */
    Mask mask(Graph.Builder builder, String input) {
        String name = sequence(input);
        return Mask.given(builder.input(name), name);
    }

    /** 1 at the last step of each sequence of an input that is not masked, [n, t, 1]. */
    Node last(Graph.Builder builder, String input) {
        return derived(builder, sequence(input), Derived.LAST);
    }

    /** Likewise of a mask, if it is one of the batch's own; otherwise null. */
    @Nullable
    Node last(Graph.Builder builder, Mask mask) {
        if (mask.arrays().size() != 1) {
            return null;
        }
        String name = mask.arrays().iterator().next();
        return builder.input(name).equals(mask.steps()) ? derived(builder, name, Derived.LAST) : null;
    }

    /** Ones [n, t, 1], t being the steps of an input. */
    Node ones(Graph.Builder builder, String input) {
        return derived(builder, sequence(input), Derived.STEPS);
    }

    /** The matrix [n, t, t] that turns round the steps of an input that are not masked. */
    Node reversal(Graph.Builder builder, String input) {
        return derived(builder, sequence(input), Derived.REVERSAL);
    }

    private Node derived(Graph.Builder builder, String mask, Derived derived) {
        wanted.computeIfAbsent(mask, m -> new LinkedHashSet<>()).add(derived);
        return builder.input(mask + derived.suffix);
    }

    /** The layout of an input of the network that is a sequence. */
    Layout layout(String input) {
        return given(input).layout;
    }

    private String sequence(String input) {
        return maskName(given(input).array);
    }

    private Given given(String input) {
        Given given = byInput.get(input);
        if (given == null || !given.layout.hasSteps()) {
            throw new Unsupported("a vertex that takes the steps of '" + input + "', which is no sequence");
        }
        return given;
    }

    /** No batch may have these masks. */
    void refuse(Set<String> masks, String why) {
        masks.forEach(mask -> refused.putIfAbsent(mask, why));
    }

    /** The batch with all masks in the form that the graph takes. */
    Batch complete(Batch batch) {
        for (String name : batch.names()) {
            Check.argument(
                    !name.startsWith(Batch.FEATURES_MASK) || byMask.containsKey(name),
                    "the batch has an array '%s', but the network takes no such sequence: leave it out, and mask examples by '%s'",
                    name,
                    Batch.LABELS_MASK);
            Check.argument(
                    !refused.containsKey(name),
                    "the batch has an array '%s', which this network cannot take: %s. Give sequences without padding, and no such mask",
                    name,
                    refused.get(name));
        }
        byInput.values().forEach(given -> checkRank(batch.get(given.array), given));
        Batch complete = batch;
        for (Map.Entry<String, Given> entry : byMask.entrySet()) {
            String name = entry.getKey();
            INDArray mask = steps(batch.find(name), batch.get(entry.getValue().array), entry.getValue().layout);
            complete = complete.with(name, mask);
            for (Derived derived : wanted.getOrDefault(name, Set.of())) {
                complete = complete.with(name + derived.suffix, derived.of(mask));
            }
        }
        return complete;
    }

    private static void checkRank(INDArray array, Given given) {
        Check.argument(
                given.layout.hasRank(array.rank()),
                "the batch's array '%s' has shape %s: the network's input '%s' takes %s",
                given.array,
                Arrays.toString(array.shape()),
                given.input,
                given.layout);
    }

    private static INDArray steps(@Nullable INDArray mask, INDArray sequence, Layout layout) {
        long n = sequence.size(0);
        long steps =
                switch (layout) {
                    case NWC -> sequence.size(1);
                    case POOLED -> sequence.length() / (n * sequence.size(1));
                    default -> sequence.size(-1);
                };
        if (mask == null) {
            return Nd4j.ones(n, steps, 1);
        }
        Check.argument(
                mask.length() == n * steps,
                "a mask has shape %s: it must be [%d, %d], one number for each step",
                Arrays.toString(mask.shape()),
                n,
                steps);
        INDArray own = mask.dup('c').reshape('c', n, steps, 1);
        Check.argument(
                own.eq(0).castTo(Nd4j.defaultFloatingPointType()).sumNumber().longValue()
                                + own.eq(1)
                                        .castTo(Nd4j.defaultFloatingPointType())
                                        .sumNumber()
                                        .longValue()
                        == own.length(),
                "a mask of features holds numbers other than 0 and 1: a step of a sequence is there, or it is padding");
        return own;
    }

    private static INDArray last(INDArray mask) {
        INDArray last = Nd4j.zeros(mask.shape().clone());
        for (long i = 0; i < mask.size(0); i++) {
            long t = mask.size(1) - 1;
            while (t >= 0 && mask.getDouble(i, t, 0) == 0) {
                t--;
            }
            if (t >= 0) {
                last.putScalar(i, t, 0, 1);
            }
        }
        return last;
    }

    private static INDArray reversal(INDArray mask) {
        long steps = mask.size(1);
        INDArray matrices = Nd4j.zeros(mask.size(0), steps, steps);
        for (long i = 0; i < mask.size(0); i++) {
            Check.argument(
                    mask.getDouble(i, 0, 0) != 0 || mask.getDouble(i, steps - 1, 0) != 0,
                    "example %d is padded at the beginning and at the end: DL4J's ReverseTimeSeriesVertex writes past such sequences. Pad at one end",
                    i);
            long to = steps - 1;
            for (long from = 0; from < steps; from++) {
                if (mask.getDouble(i, from, 0) != 0) {
                    while (mask.getDouble(i, to, 0) == 0) {
                        to--;
                    }
                    matrices.putScalar(i, to, from, 1);
                    to--;
                }
            }
        }
        return matrices;
    }
}
