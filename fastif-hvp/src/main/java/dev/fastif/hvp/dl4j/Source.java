package dev.fastif.hvp.dl4j;

import dev.fastif.core.internal.Check;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.FrozenVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A user's network, which is only read.
 *
 * @param steps its layers and vertices, in an order in which they can be computed
 * @param inputs the names of its inputs, in DL4J's order
 * @param outputs the names of its output layers, in DL4J's order
 * @param parameters its parameters by name: views of the network's own
 * @param flat all of them, in DL4J's order
 * @param averages whether training divides the losses of a minibatch by their number: {@code miniBatch(true)}
 */
record Source(
        List<Step> steps,
        List<String> inputs,
        List<String> outputs,
        Map<String, INDArray> parameters,
        INDArray flat,
        boolean averages) {
    /** Parameters that DL4J does not train by gradients: the statistics of BatchNormalization. */
    private static final List<String> STATISTICS = List.of("mean", "var", "log10stdev");

    /** What DL4J trains of a step and of those below it. */
    enum Training {
        ALL,
        /** Gradients pass, but its own parameters stay. */
        BELOW,
        /** No gradient passes: DL4J's backward pass ends here. */
        NOT_BELOW
    }

    /**
     * A layer or a vertex.
     *
     * @param layer the layer's configuration, or null of a vertex
     * @param vertex the vertex's configuration, or null of a layer
     * @param training whether its parameters are trained, and what is below it
     */
    record Step(
            String name,
            List<String> inputs,
            @Nullable Layer layer,
            @Nullable GraphVertex vertex,
            @Nullable InputPreProcessor preProcessor,
            Training training) {
        static Step of(Layer layer, String name, List<String> inputs, @Nullable InputPreProcessor preProcessor) {
            Training training = layer instanceof FrozenLayer
                    ? Training.NOT_BELOW
                    : layer instanceof FrozenLayerWithBackprop ? Training.BELOW : Training.ALL;
            return new Step(name, inputs, layer, null, preProcessor, training);
        }

        static Step of(GraphVertex vertex, String name, List<String> inputs) {
            if (vertex instanceof FrozenVertex frozen) {
                Step inside = of(frozen.getUnderlying(), name, inputs);
                return new Step(name, inputs, inside.layer, inside.vertex, inside.preProcessor, Training.NOT_BELOW);
            }
            return vertex instanceof LayerVertex layer
                    ? of(layer.getLayerConf().getLayer(), name, inputs, layer.getPreProcessor())
                    : new Step(name, inputs, null, vertex, null, Training.ALL);
        }

        /** The layout of what it takes, before its preprocessor. */
        Layout takes(OwnRules own) {
            if (preProcessor != null) {
                return PreProcessors.takes(preProcessor);
            }
            return layer != null
                    ? Rules.takes(layer, own)
                    : vertex != null ? VertexRules.takes(vertex, own) : Layout.ANY;
        }

        /** Its name and what is said of it, unless that is no more than its name. */
        String says(String what) {
            String name = toString();
            return name.contains("(" + what + ")") ? name : name + ": " + what;
        }

        @Override
        public String toString() {
            Object what = layer == null ? vertex : layer;
            return String.format(
                    Locale.ROOT,
                    "'%s' (%s)",
                    name,
                    what == null ? "nothing" : what.getClass().getSimpleName());
        }
    }

    static Source of(MultiLayerNetwork net) {
        requireParameters(net.isInitCalled() ? net.params() : null);
        List<Step> steps = new ArrayList<>();
        String before = "input";
        for (int i = 0; i < net.getnLayers(); i++) {
            String name = String.valueOf(i);
            InputPreProcessor preProcessor = net.getLayerWiseConfigurations().getInputPreProcess(i);
            Layer layer = net.getLayerWiseConfigurations().getConf(i).getLayer();
            steps.add(Step.of(layer, name, List.of(before), preProcessor));
            before = name;
        }
        return new Source(
                steps, List.of("input"), List.of(before), net.paramTable(), net.params(), averages(net.conf()));
    }

    static Source of(ComputationGraph net) {
        requireParameters(net.getVertices() == null ? null : net.params());
        Map<String, GraphVertex> vertices = net.getConfiguration().getVertices();
        Map<String, List<String>> inputs = net.getConfiguration().getVertexInputs();
        List<Step> steps = new ArrayList<>();
        for (int index : net.topologicalSortOrder()) {
            String name = net.getVertices()[index].getVertexName();
            GraphVertex vertex = vertices.get(name);
            List<String> from = inputs.get(name);
            if (vertex != null && from != null) {
                steps.add(Step.of(vertex, name, from));
            }
        }
        return new Source(
                steps,
                net.getConfiguration().getNetworkInputs(),
                net.getConfiguration().getNetworkOutputs(),
                net.paramTable(),
                net.params(),
                averages(net.getConfiguration().getDefaultConfiguration()));
    }

    private static void requireParameters(@Nullable INDArray parameters) {
        Check.argument(
                parameters != null && !parameters.isEmpty() && parameters.length() > 0,
                "the network has no parameters: call init() and train it; a network without any has no influences");
    }

    private static boolean averages(NeuralNetConfiguration conf) {
        Check.argument(
                conf.isMinimize(),
                "the network's configuration has minimize(false): influence is that of a loss that is minimised, so build it with"
                        + " minimize(true)");
        return conf.isMiniBatch();
    }

    DataType dataType() {
        return flat.dataType();
    }

    /** The name of a step's parameter. */
    static String parameter(Step step, String key) {
        return step.name() + "_" + key;
    }

    /** Whether it is a bias, which DL4J keeps as [1, c]. Layers of two ways have two, "fb" and "bb", or "bF" and "bB". */
    static boolean isBias(String parameter, INDArray value) {
        return value.rank() == 2 && value.size(0) == 1 && parameter.matches(".*_([fb]?b|b[FB])");
    }

    /**
     * The trained parameters' names, in DL4J's order, each with its step and its key. DL4J stops at a FrozenLayer
     * or FrozenVertex: what lies below it is not trained either.
     */
    Map<String, Owner> trained() {
        Set<String> reached = reachedByGradients();
        Map<String, Owner> trained = new LinkedHashMap<>();
        owners().forEach((name, owner) -> {
            Step step = owner.step;
            if (reached.contains(step.name()) && step.training == Training.ALL && !owner.isStatistic()) {
                trained.put(name, owner);
            }
        });
        return trained;
    }

    private Set<String> reachedByGradients() {
        Set<String> reached = new HashSet<>(outputs);
        for (int i = steps.size() - 1; i >= 0; i--) {
            Step step = steps.get(i);
            if (reached.contains(step.name()) && step.training != Training.NOT_BELOW) {
                reached.addAll(step.inputs());
            }
        }
        return reached;
    }

    /** Whose parameter it is. */
    record Owner(Step step, String key) {
        private boolean isStatistic() {
            return Penalties.inside(step.layer) instanceof BatchNormalization && STATISTICS.contains(key);
        }
    }

    private Map<String, Owner> owners() {
        Map<String, Owner> owners = new LinkedHashMap<>();
        for (String name : parameters.keySet()) {
            steps.stream()
                    .filter(step -> name.startsWith(step.name() + "_"))
                    // the longest: a layer's name may begin with another's
                    .max(Comparator.comparingInt(step -> step.name().length()))
                    .ifPresent(step -> owners.put(
                            name, new Owner(step, name.substring(step.name().length() + 1))));
        }
        return owners;
    }

    @Override
    public String toString() {
        return "a network of " + Arrays.toString(steps.toArray());
    }
}
