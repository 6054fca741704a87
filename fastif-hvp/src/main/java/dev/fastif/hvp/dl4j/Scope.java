package dev.fastif.hvp.dl4j;

import dev.fastif.core.internal.Check;
import dev.fastif.hvp.autodiff.Graph;
import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.Parameter;
import dev.fastif.hvp.autodiff.operations.Tensors;
import dev.fastif.hvp.internal.Unsupported;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Where a layer is translated: the graph's vocabulary, and the layer's own parameters.
 *
 * @param builder the graph
 * @param ops its general operations
 * @param prefix what DL4J puts before the names of the layer's parameters
 * @param parameters the network's parameters, by DL4J's names
 * @param initial their values
 * @param inputs the network's inputs
 * @param own the user's rules
 * @param handsMasks whether the layer is inside of one that hands it the mask. Recurrent layers and convolutions of DL4J mask
 *     what they compute then only
 * @param refused what is unsupported of the layer
 */
record Scope(
        Graph.Builder builder,
        Tensors ops,
        String prefix,
        Map<String, Parameter> parameters,
        Map<String, INDArray> initial,
        Inputs inputs,
        OwnRules own,
        boolean handsMasks,
        Set<String> refused)
        implements RuleScope {
    @Override
    public Graph.Builder graph() {
        return builder;
    }

    /** The scope of a layer inside of this one, whose parameters' names begin so. */
    Scope inner(String begin) {
        return new Scope(builder, ops, prefix + begin, parameters, initial, inputs, own, handsMasks, refused);
    }

    /** The scope of a layer inside of this one, which is handed the mask. */
    Scope handingMasks() {
        return new Scope(builder, ops, prefix, parameters, initial, inputs, own, true, refused);
    }

    @Override
    public Parameter parameter(String key) {
        return present(parameters.get(prefix + key), key);
    }

    @Override
    public Node value(String key) {
        return ops.value(parameter(key));
    }

    /** What a parameter of the layer starts from. */
    INDArray initial(String key) {
        return present(initial.get(prefix + key), key);
    }

    private <T> T present(@Nullable T found, String key) {
        if (found == null) {
            throw new IllegalStateException("the network has no parameter " + prefix + key);
        }
        return found;
    }

    boolean has(String key) {
        return parameters.containsKey(prefix + key);
    }

    @Override
    public Node constant(String name, INDArray value) {
        return ops.value(builder.frozen(prefix + name, value.dup('c')));
    }

    Node activation(IActivation function, Node x) {
        return Activations.apply(ops, supported(function), x);
    }

    /** The function if it has a rule, else the identity, and it is refused. */
    IActivation supported(IActivation function) {
        return orRefused(
                () -> {
                    Activations.require(function);
                    return function;
                },
                ActivationIdentity::new);
    }

    /** Keeps what is unsupported of the layer, so that the rest of it is looked at too: then no model is made of what is returned. */
    void refuse(String what) {
        refused.add(what);
    }

    /** The value, or if that is unsupported the other, and it is refused. */
    <T> T orRefused(Supplier<? extends T> value, Supplier<? extends T> otherwise) {
        try {
            return value.get();
        } catch (Unsupported e) {
            refuse(e.what());
            return otherwise.get();
        }
    }

    /** Zero where a step is masked. */
    Flow masked(Flow flow) {
        Mask mask = flow.mask();
        return mask == null ? flow : flow.with(ops.multiply(flow.node(), steps(mask)));
    }

    /** The same for a layer that masks what it computes only if it is handed the mask. */
    Flow maskedIfHanded(Flow flow) {
        return handsMasks ? masked(flow) : flow;
    }

    /** The steps of a mask, to be used: no batch may have a mask that DL4J cannot use here. */
    Node steps(Mask mask) {
        if (mask.problem() != null) {
            inputs.features().refuse(mask.arrays(), mask.problem() + ", and layer '" + layer() + "' needs it");
        }
        return mask.steps();
    }

    /** Those steps [n, t, 1], of which an example that has none is refused: DL4J makes no number of it, or one of rounding. */
    Node some(Mask mask, Node steps, String why) {
        return checked(mask, why, List.of(steps));
    }

    /** The same of examples of which {@code where} has any step. */
    Node some(Mask mask, Node steps, Node where, String why) {
        return checked(mask, why, List.of(steps, where));
    }

    private Node checked(Mask mask, String why, List<Node> arrays) {
        return ops.evaluate("the steps of a mask", arrays, given -> {
            INDArray[] counts = given.stream().map(steps -> steps.sum(1)).toArray(INDArray[]::new);
            for (long i = 0; i < counts[0].length(); i++) {
                boolean isWanted = counts.length == 1 || counts[1].getDouble(i) > 0;
                Check.argument(
                        counts[0].getDouble(i) > 0 || !isWanted,
                        "%s masks all steps of example %d, and layer '%s' %s. Leave the example out",
                        mask.name(),
                        i,
                        layer(),
                        why);
            }
            return given.get(0).dup();
        });
    }

    /** The layer's name. */
    String layer() {
        return prefix.substring(0, Math.max(0, prefix.indexOf('_')));
    }
}
