package dev.fastif.hvp.dl4j;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.EmbeddingLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.activations.Activation;

/** The structure of a network that chance puts together: inputs, layers and vertices, each on those before it, and heads. */
final class RandomNet {
    static final int VOCABULARY = 5;

    private final Chance chance;
    private final int steps;
    private final boolean isChain;
    private final Map<String, Input> inputs = new LinkedHashMap<>();
    private final Map<String, Part> parts = new LinkedHashMap<>();
    private final Map<String, Spot> spots = new LinkedHashMap<>();
    private final Set<String> open = new LinkedHashSet<>();
    private final List<RandomHead> heads = new ArrayList<>();

    /** An array of the batch; ids are whole numbers. */
    record Input(InputType type, boolean isIds) {}

    private record Part(@Nullable Layer layer, @Nullable GraphVertex vertex, List<String> inputs) {
        @Override
        public String toString() {
            Object what = Objects.requireNonNull(layer == null ? vertex : layer);
            String name = what.getClass().getSimpleName();
            String options = brief(String.valueOf(what));
            return (options.startsWith(name) ? "" : name + " ") + options + " of " + inputs;
        }
    }

    /** Without what a configuration leaves to DL4J. */
    private static String brief(String configuration) {
        return configuration
                .replaceAll("[a-zA-Z]+=(null|NaN|\\[\\]|0)(, )?", "")
                .replaceAll("super=[A-Za-z]+\\((, )?\\)(, )?", "")
                .replaceAll("(cudnn|cnn2)[a-zA-Z]+=[a-zA-Z]+(, )?|defaultValueOverriden=false(, )?", "")
                .replaceAll("super=[A-Za-z]+\\((, )?\\)(, )?", "");
    }

    private RandomNet(Chance chance) {
        this.chance = chance;
        this.steps = chance.from(3, 6);
        this.isChain = chance.in(0.4);
    }

    /** Draws a network; throws if DL4J does not allow what was drawn. */
    static RandomNet drawn(Chance chance) {
        RandomNet net = new RandomNet(chance);
        int count = net.isChain ? 1 : chance.from(1, 3);
        for (int i = 0; i < count; i++) {
            net.addInput("in" + i);
        }
        int growth = chance.from(1, net.isChain ? 3 : 5);
        for (int i = 0; i < growth; i++) {
            net.grow();
        }
        net.finish();
        return net;
    }

    Map<String, Input> inputs() {
        return inputs;
    }

    List<RandomHead> heads() {
        return heads;
    }

    private void addInput(String name) {
        boolean isIds = chance.in(0.12);
        InputType type =
                switch (chance.from(0, 9)) {
                    case 0, 1, 2 -> InputType.feedForward(isIds ? VOCABULARY : chance.from(2, 4));
                    case 3, 4 -> {
                        isIds = false;
                        CNN2DFormat format = chance.in(0.75) ? CNN2DFormat.NCHW : CNN2DFormat.NHWC;
                        yield InputType.convolutional(chance.from(4, 6), chance.from(4, 5), chance.from(1, 3), format);
                    }
                    default ->
                        isIds
                                ? InputType.recurrent(VOCABULARY, steps)
                                : InputType.recurrent(
                                        chance.from(2, 4), steps, chance.in(0.85) ? RNNFormat.NCW : RNNFormat.NWC);
                };
        inputs.put(name, new Input(type, isIds));
        Spot spot = new Spot(name, type, 0);
        if (isIds) {
            add(embedding(spot), spot);
        } else {
            put(spot);
        }
    }

    private Layer embedding(Spot spot) {
        int size = chance.from(2, 3);
        Activation activation = chance.of(Activation.IDENTITY, Activation.TANH);
        return spot.isRows()
                ? new EmbeddingLayer.Builder()
                        .nIn(VOCABULARY)
                        .nOut(size)
                        .hasBias(chance.in(0.5))
                        .activation(activation)
                        .build()
                : new EmbeddingSequenceLayer.Builder()
                        .nIn(VOCABULARY)
                        .nOut(size)
                        .hasBias(chance.in(0.5))
                        .activation(activation)
                        .build();
    }

    private Spot spot(String name) {
        return Objects.requireNonNull(spots.get(name), name);
    }

    private Spot last() {
        return spot(List.copyOf(spots.keySet()).get(spots.size() - 1));
    }

    private void put(Spot spot) {
        spots.put(spot.name(), spot);
        open.add(spot.name());
    }

    private String next() {
        int i = parts.size();
        // a name that begins with another's, as names of parameters do
        return i > 0 && chance.in(0.05) ? "v" + (i - 1) + "_W" : "v" + i;
    }

    private void add(Layer layer, Spot spot) {
        String name = next();
        put(spot.after(name, layer));
        parts.put(name, new Part(layer, null, List.of(spot.name())));
        open.remove(spot.name());
        if (RandomLayers.givesItsInput(layer)) {
            spots.remove(spot.name());
        }
    }

    private void add(GraphVertex vertex, List<Spot> taken) {
        String name = next();
        put(taken.get(0).after(name, vertex, taken.stream().map(Spot::type).toArray(InputType[]::new)));
        List<String> names = taken.stream().map(Spot::name).toList();
        parts.put(name, new Part(null, vertex, names));
        names.forEach(open::remove);
    }

    private void grow() {
        List<String> places = new ArrayList<>(isChain || chance.in(0.75) ? open : spots.keySet());
        Spot spot = spot(chance.of(places));
        boolean isShared = !open.contains(spot.name());
        if (!isChain && chance.in(0.2)) {
            add(RandomVertices.on(spot, sequences(), chance), List.of(spot));
        } else if (isChain || !joined(spot)) {
            Layer layer = RandomLayers.on(spot, chance);
            if (!isShared || !RandomLayers.givesItsInput(layer)) {
                add(layer, spot);
            }
        }
    }

    private List<String> sequences() {
        return inputs.entrySet().stream()
                .filter(input -> input.getValue().type.getType() == InputType.Type.RNN)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** With others like it, if there are any and chance wants it. */
    private boolean joined(Spot spot) {
        List<Spot> others = spots.values().stream()
                .filter(other -> !other.equals(spot) && other.meets(spot))
                .toList();
        if (others.isEmpty() || chance.in(0.5)) {
            return false;
        }
        List<Spot> joined = new ArrayList<>(List.of(spot));
        int count = chance.from(1, 2);
        for (int i = 0; i < count; i++) {
            joined.add(chance.of(others));
        }
        boolean same = joined.stream().map(Spot::channels).distinct().count() == 1;
        add(RandomVertices.joining(joined, same, chance), joined);
        return true;
    }

    /** Heads for all that is open: some of their own, the rest is joined. */
    private void finish() {
        List<Spot> rows = new ArrayList<>();
        for (String name : List.copyOf(open)) {
            Spot spot = spot(name);
            boolean needsPooling = spot.isImage() ? chance.in(0.5) : (spot.isSequence() && open.size() > 1);
            if (spot.isSteps() || (spot.isSequence() && (isChain || chance.in(0.6)))) {
                addHead(spot);
            } else if (needsPooling || spot.isSequence()) {
                add(RandomLayers.toRows(spot, chance), spot);
                rows.add(last());
            } else {
                rows.add(spot);
            }
        }
        if (rows.size() > 1 && rows.stream().allMatch(Spot::isRows) && chance.in(0.7)) {
            add(new MergeVertex(), rows);
            rows = List.of(last());
        }
        rows.forEach(this::addHead);
    }

    private void addHead(Spot spot) {
        RandomHead head = RandomHead.on(spot, chance);
        heads.add(head);
        parts.put("out" + heads.size(), new Part(head.layer(), null, List.of(spot.name())));
    }

    boolean isChain() {
        return isChain;
    }

    MultiLayerNetwork layers(NeuralNetConfiguration.Builder configuration) {
        NeuralNetConfiguration.ListBuilder list = configuration.list(parts.values().stream()
                .map(part -> Objects.requireNonNull(part.layer).clone())
                .toArray(Layer[]::new));
        list.validateOutputLayerConfig(false);
        list.setInputType(inputs.values().iterator().next().type);
        MultiLayerNetwork net = new MultiLayerNetwork(list.build());
        net.init();
        return net;
    }

    ComputationGraph graph(NeuralNetConfiguration.Builder configuration) {
        GraphBuilder graph = configuration.graphBuilder().addInputs(inputs.keySet());
        graph.validateOutputLayerConfig(false);
        parts.forEach((name, part) -> {
            String[] from = part.inputs.toArray(String[]::new);
            if (part.layer == null) {
                graph.addVertex(name, Objects.requireNonNull(part.vertex).clone(), from);
            } else {
                graph.addLayer(name, part.layer.clone(), from);
            }
        });
        String[] outputs =
                parts.keySet().stream().filter(name -> name.startsWith("out")).toArray(String[]::new);
        graph.setOutputs(outputs)
                .setInputTypes(inputs.values().stream().map(Input::type).toArray(InputType[]::new));
        ComputationGraph net = new ComputationGraph(graph.build());
        net.init();
        return net;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(isChain ? "MultiLayerNetwork" : "ComputationGraph");
        inputs.forEach(
                (name, input) -> text.append("\n  ").append(name).append(": ").append(input));
        parts.forEach(
                (name, part) -> text.append("\n  ").append(name).append(": ").append(part));
        return text.toString();
    }
}
