package dev.fastif.hvp.dl4j;

import dev.fastif.core.Regularizer;
import dev.fastif.hvp.autodiff.Graph;
import dev.fastif.hvp.autodiff.GraphModel;
import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.Parameter;
import dev.fastif.hvp.autodiff.operations.Pointwise;
import dev.fastif.hvp.autodiff.operations.Tensors;
import dev.fastif.hvp.internal.Unsupported;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Makes a {@link GraphModel} of a network, step by step. */
final class Translation {
    private final Source source;
    private final OwnRules own;
    private final Graph.Builder builder;
    private final Tensors ops;
    private final Inputs inputs = new Inputs();
    private final Map<String, Parameter> parameters = new LinkedHashMap<>();
    private final Map<String, @Nullable Flow> flows = new HashMap<>();
    private final Map<String, Flow> intoLayers = new HashMap<>();
    private final List<OutputRules.Head> heads = new ArrayList<>();

    private Translation(Source source, OwnRules own) {
        this.source = source;
        this.own = own;
        this.builder = Graph.builder(source.dataType());
        this.ops = new Tensors(builder);
    }

    /** A translated network and how batches are completed for it. */
    record Result(GraphModel model, Inputs inputs) {}

    /**
     * Translates a network.
     *
     * @param own the user's rules
     * @param features the layer or vertex whose output is the features, or null for the input of the first output layer
     * @param regularizer of the training objective
     * @throws IllegalArgumentException if parts have no rule: it names them all
     */
    static Result of(Source source, OwnRules own, @Nullable String features, Regularizer regularizer) {
        return new Translation(source, own).translated(features, regularizer);
    }

    private static IllegalArgumentException refusal(String what) {
        return new IllegalArgumentException("no exact derivatives of " + what
                + ": give a rule of your own by Dl4jModel.builder(net).rule(...), or ask for Dl4jModel.builder(net).curvature(CurvatureMode.FINITE_DIFFERENCE), central differences of DL4J's own gradients,"
                + " and an engine for CurvatureMatrix.HESSIAN, which they are of");
    }

    private Result translated(@Nullable String features, Regularizer regularizer) {
        addParameters();
        List<String> unsupported = translateAll();
        if (!unsupported.isEmpty()) {
            throw refusal(String.join(", ", unsupported));
        }
        if (heads.size() < source.outputs().size()) {
            throw new IllegalArgumentException("the network's outputs " + source.outputs()
                    + " are not all output or loss layers: without a loss there is no influence");
        }
        Node losses = heads.stream()
                .map(OutputRules.Head::losses)
                .reduce((a, b) -> ops.add(a, b))
                .orElseThrow();
        Node represented = features(features);
        GraphModel model = GraphModel.builder(
                        builder.build(),
                        losses,
                        heads.stream().map(OutputRules.Head::preActivations).toList())
                .features(represented)
                .regularizer(regularizer)
                .build();
        return new Result(model, inputs);
    }

    private void addParameters() {
        Map<String, Source.Owner> trained = source.trained();
        source.parameters().forEach((name, value) -> {
            INDArray copy = value.dup('c');
            INDArray shaped = Source.isBias(name, value) ? copy.reshape(copy.length()) : copy;
            parameters.put(
                    name, trained.containsKey(name) ? builder.trainable(name, shaped) : builder.frozen(name, shaped));
        });
    }

    /** What has no rule, by layers: a layer behind one that has none is tried with what it would take. */
    private List<String> translateAll() {
        List<String> unsupported = new ArrayList<>();
        InputLayouts layouts = new InputLayouts(source, own);
        for (int i = 0; i < source.inputs().size(); i++) {
            String input = source.inputs().get(i);
            try {
                flows.put(input, inputs.features().flow(builder, i, input, layouts.of(input)));
            } catch (Unsupported e) {
                flows.put(input, null); // the layer that takes it is named below
            }
        }
        for (Source.Step step : source.steps()) {
            Set<String> refused = new LinkedHashSet<>();
            try {
                translate(step, refused);
            } catch (Unsupported e) {
                flows.put(step.name(), null);
                refused.add(e.what());
            }
            if (!refused.isEmpty()) {
                unsupported.add(step.says(String.join("; ", refused)));
            }
        }
        return unsupported;
    }

    private void translate(Source.Step step, Set<String> refused) {
        Scope scope = new Scope(
                builder, ops, Source.parameter(step, ""), parameters, source.parameters(), inputs, own, false, refused);
        Layout takes = scope.orRefused(() -> step.takes(own), () -> Layout.ANY);
        if (takes == Layout.ANY && refused.isEmpty() && step.inputs().stream().anyMatch(name -> flow(name) == null)) {
            flows.put(step.name(), null);
            return;
        }
        List<Flow> in = step.inputs().stream()
                .map(this::flow)
                .map(flow -> flow == null ? new Flow(builder.input("unknown"), takes, null) : flow)
                .toList();
        if (step.vertex() != null) {
            flows.put(step.name(), VertexRules.apply(scope, in, step.vertex()));
        } else if (step.layer() != null) {
            Flow into = into(scope, in.get(0), step.preProcessor(), step.layer());
            intoLayers.put(step.name(), into);
            int output = source.outputs().indexOf(step.name());
            if (output < 0) {
                flows.put(step.name(), Rules.apply(scope, into, step.layer()));
            } else {
                heads.add(Rules.head(scope, into, step.layer(), output));
            }
        }
    }

    /** What a layer takes, behind its preprocessor if that is supported. */
    private Flow into(Scope scope, Flow in, @Nullable InputPreProcessor preProcessor, Layer layer) {
        return scope.orRefused(
                () -> PreProcessors.apply(scope, in, preProcessor),
                () -> new Flow(in.node(), Rules.takes(layer, own), null));
    }

    private @Nullable Flow flow(String name) {
        if (!flows.containsKey(name)) {
            throw new Unsupported("an input '" + name + "' that is an output of the network");
        }
        return flows.get(name);
    }

    /** Rows [n, d]: of a sequence the mean over its steps, since features must be as long for every example. */
    private Node features(@Nullable String name) {
        String output = source.outputs().get(0);
        Flow flow = name == null ? intoLayers.get(output) : flows.get(name);
        if (flow == null) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "features are asked of '%s': the network has %s", name, flows.keySet()));
        }
        if (!flow.layout().hasSteps() || flow.layout() == Layout.IDS) {
            return flow.node();
        }
        Mask mask = flow.mask();
        if (mask == null) {
            return ops.mean(flow.node(), 1);
        }
        // of an example that is masked in all steps the features are zeros
        Node count = ops.apply(Pointwise.clip(1, Integer.MAX_VALUE), ops.sum(mask.steps(), 1));
        return ops.divide(ops.sum(ops.multiply(flow.node(), mask.steps()), 1), count);
    }
}
