package dev.fastif.hvp.dl4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import dev.fastif.core.ParameterLayout;
import dev.fastif.core.TestArrays;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.graph.AttentionVertex;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.FrozenVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.L2NormalizeVertex;
import org.deeplearning4j.nn.conf.graph.L2Vertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.graph.PoolHelperVertex;
import org.deeplearning4j.nn.conf.graph.PreprocessorVertex;
import org.deeplearning4j.nn.conf.graph.ReshapeVertex;
import org.deeplearning4j.nn.conf.graph.ScaleVertex;
import org.deeplearning4j.nn.conf.graph.ShiftVertex;
import org.deeplearning4j.nn.conf.graph.StackVertex;
import org.deeplearning4j.nn.conf.graph.SubsetVertex;
import org.deeplearning4j.nn.conf.graph.UnstackVertex;
import org.deeplearning4j.nn.conf.graph.rnn.DuplicateToTimeSeriesVertex;
import org.deeplearning4j.nn.conf.graph.rnn.LastTimeStepVertex;
import org.deeplearning4j.nn.conf.graph.rnn.ReverseTimeSeriesVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** Every vertex on rows, sequences and images, which are the network's own inputs or come from layers, is DL4J's. */
class VerticesTest {
    private static final int C = SequenceLayers.C;

    // some vertices of DL4J make arrays of the default type
    @BeforeAll
    static void inDouble() {
        Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
    }

    @AfterAll
    static void inFloatAgain() {
        Nd4j.setDefaultDataTypes(DataType.FLOAT, DataType.FLOAT);
    }

    /** What a vertex stands on, and what reads it. */
    enum Kind {
        ROWS,
        SEQUENCES,
        IMAGES;

        InputType type() {
            return switch (this) {
                case ROWS -> InputType.feedForward(C);
                case SEQUENCES -> InputType.recurrent(C, Samples.T);
                case IMAGES -> InputType.convolutional(4, 3, C);
            };
        }

        INDArray features(int seed) {
            return switch (this) {
                case ROWS -> TestArrays.normal(seed, Samples.N, C);
                case SEQUENCES -> TestArrays.normal(seed, Samples.N, C, Samples.T);
                case IMAGES -> TestArrays.normal(seed, Samples.N, C, 4, 3);
            };
        }

        Layer layer() {
            return switch (this) {
                case ROWS -> Nets.dense(Activation.TANH);
                case SEQUENCES -> SequenceLayers.lstm();
                case IMAGES -> Nets.conv(ConvolutionMode.Same);
            };
        }

        /** From this to rows. */
        Layer reader() {
            return this == ROWS ? Nets.dense(Activation.SIGMOID) : new GlobalPoolingLayer(PoolingType.AVG);
        }

        /** Vertices that give what they take. */
        List<GraphVertex> vertices() {
            List<GraphVertex> all = new ArrayList<>();
            all.add(new MergeVertex());
            for (ElementWiseVertex.Op op : ElementWiseVertex.Op.values()) {
                all.add(new ElementWiseVertex(op));
            }
            all.add(new SubsetVertex(1, 2));
            all.add(new ScaleVertex(-0.7));
            all.add(new ShiftVertex(0.4));
            all.add(new L2NormalizeVertex());
            all.add(new FrozenVertex(new ShiftVertex(0.4)));
            if (this == SEQUENCES) {
                all.add(new ReverseTimeSeriesVertex("one"));
                all.add(new ReverseTimeSeriesVertex());
                all.add(attention(true));
                all.add(attention(false));
            }
            if (this == IMAGES) {
                all.add(new PoolHelperVertex());
            }
            return all;
        }

        /** Vertices that give rows. */
        List<GraphVertex> toRows() {
            return switch (this) {
                case ROWS -> List.of(new L2Vertex());
                case SEQUENCES -> List.of(new LastTimeStepVertex("one"), new ReshapeVertex(-1, C * Samples.T));
                case IMAGES ->
                    List.of(
                            new PreprocessorVertex(new CnnToFeedForwardPreProcessor(4, 3, C)),
                            new ReshapeVertex(-1, C * 4 * 3),
                            new L2Vertex());
            };
        }

        /** DL4J miscounts the channels of a subset of images, and so cannot know its input types. */
        private boolean isUntyped(GraphVertex vertex) {
            return this == IMAGES && vertex instanceof SubsetVertex;
        }

        private static GraphVertex attention(boolean projected) {
            return new AttentionVertex.Builder()
                    .nInQueries(C)
                    .nInKeys(C)
                    .nInValues(C)
                    .nOut(C)
                    .nHeads(1)
                    .headSize(projected ? 2 : C)
                    .projectInput(projected)
                    .build();
        }
    }

    record Case(String name, Kind kind, ComputationGraph net) {
        Batch batch() {
            return VerticesTest.batch(kind);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> cases() {
        List<Case> all = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            for (boolean direct : new boolean[] {true, false}) {
                for (GraphVertex vertex : kind.vertices()) {
                    if (kind.isUntyped(vertex)) {
                        all.add(new Case(name(kind, vertex, true) + " without input types", kind, subset(vertex)));
                        continue;
                    }
                    GraphBuilder graph = begun(kind, vertex, direct).addLayer("reader", kind.reader(), "vertex");
                    all.add(new Case(name(kind, vertex, direct), kind, finished(graph, kind, "reader")));
                }
                for (GraphVertex vertex : kind.toRows()) {
                    all.add(new Case(
                            name(kind, vertex, direct), kind, finished(begun(kind, vertex, direct), kind, "vertex")));
                }
                all.add(new Case("stacked, " + kind + ", " + direct, kind, stacked(kind, direct)));
            }
        }
        all.add(new Case("duplicated, reshaped", Kind.ROWS, reshaped()));
        return all.stream();
    }

    private static String name(Kind kind, GraphVertex vertex, boolean direct) {
        return vertex.getClass().getSimpleName() + ", " + vertex + " on " + kind
                + (direct ? " of the batch" : " of layers");
    }

    private static GraphBuilder graph() {
        return new NeuralNetConfiguration.Builder()
                .seed(5)
                .dataType(DataType.DOUBLE)
                // DL4J's workspaces fail on some vertices that stand on inputs
                .trainingWorkspaceMode(WorkspaceMode.NONE)
                .inferenceWorkspaceMode(WorkspaceMode.NONE)
                .graphBuilder()
                .addInputs("one", "two");
    }

    private static GraphBuilder begun(Kind kind, GraphVertex vertex, boolean direct) {
        GraphBuilder graph = layers(kind, direct);
        String one = direct ? "one" : "a";
        String two = direct ? "two" : "b";
        int count = vertex instanceof AttentionVertex ? 3 : takesTwo(vertex) ? 2 : 1;
        return graph.addVertex(
                "vertex",
                vertex.clone(),
                List.of(one, two, two).subList(0, count).toArray(String[]::new));
    }

    private static boolean takesTwo(GraphVertex vertex) {
        return (vertex instanceof FrozenVertex frozen && takesTwo(frozen.getUnderlying()))
                || vertex instanceof MergeVertex
                || vertex instanceof ElementWiseVertex
                || vertex instanceof L2Vertex;
    }

    /** Both inputs are read by something else too, so that no vertex takes too few. */
    private static GraphBuilder layers(Kind kind, boolean direct) {
        GraphBuilder graph = graph();
        if (!direct) {
            graph.addLayer("a", kind.layer(), "one").addLayer("b", kind.layer(), "two");
        }
        return graph.addLayer("other", kind.reader(), direct ? "two" : "b")
                .addLayer("out other", Nets.output(), "other");
    }

    private static ComputationGraph finished(GraphBuilder graph, Kind kind, String last) {
        ComputationGraph net = new ComputationGraph(graph.addLayer("out", Nets.output(), last)
                .setOutputs("out", "out other")
                .setInputTypes(kind.type(), kind.type())
                .build());
        net.init();
        return net;
    }

    private static ComputationGraph stacked(Kind kind, boolean direct) {
        GraphBuilder graph = layers(kind, direct)
                .addVertex("stack", new StackVertex(), direct ? "one" : "a", direct ? "two" : "b")
                .addLayer("shared", kind.layer(), "stack")
                .addVertex("first", new UnstackVertex(0, 2), "shared")
                .addVertex("second", new UnstackVertex(1, 2), "shared")
                .addVertex("difference", new ElementWiseVertex(ElementWiseVertex.Op.Subtract), "first", "second")
                .addLayer("reader", kind.reader(), "difference");
        return finished(graph, kind, "reader");
    }

    private static ComputationGraph subset(GraphVertex vertex) {
        GraphBuilder graph = graph().addVertex("vertex", vertex, "one")
                .addLayer("pool", new GlobalPoolingLayer(PoolingType.MAX), "vertex")
                .addLayer("pool other", new GlobalPoolingLayer(PoolingType.AVG), "two")
                .addLayer("out", output(2), "pool")
                .addLayer("out other", output(C), "pool other")
                .setOutputs("out", "out other");
        ComputationGraph net = new ComputationGraph(graph.build());
        net.init();
        return net;
    }

    private static Layer output(int nIn) {
        return new OutputLayer.Builder(LossFunction.MCXENT)
                .nIn(nIn)
                .nOut(C)
                .activation(Activation.SOFTMAX)
                .build();
    }

    private static ComputationGraph reshaped() {
        GraphBuilder graph = layers(Kind.ROWS, false)
                .addVertex("sequences", new ReshapeVertex(-1, 2, 2), "a")
                .addLayer("lstm", new LSTM.Builder().nIn(2).nOut(C).build(), "sequences")
                .addLayer("reader", new GlobalPoolingLayer(PoolingType.AVG), "lstm");
        return finished(graph, Kind.ROWS, "reader");
    }

    @Test
    void everySupportedVertexHasItsNetwork() {
        Set<String> covered = Stream.of(Kind.values())
                .flatMap(kind -> Stream.concat(kind.vertices().stream(), kind.toRows().stream()))
                .map(vertex -> vertex.getClass().getSimpleName())
                .collect(Collectors.toCollection(TreeSet::new));
        covered.remove("FrozenVertex");
        // in networks of their own, here or in JoinsTest
        covered.addAll(Set.of("StackVertex", "UnstackVertex", DuplicateToTimeSeriesVertex.class.getSimpleName()));
        Set<String> supported = VertexRules.supported().stream()
                .map(Class::getSimpleName)
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(supported, covered, "give each vertex a network here");
    }

    private static Batch batch(Kind kind) {
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        arrays.put("features", kind.features(1));
        arrays.put("features.1", kind.features(2));
        arrays.put("labels", Samples.classes());
        arrays.put("labels.1", Samples.classes());
        return Batch.of(arrays);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void verticesAreDl4js(Case tried) {
        Trial.of(new Gradients.OfGraph(tried.net), Dl4jModel.of(tried.net.clone()), batch(tried.kind))
                .run();
    }

    /** A graph whose body was kept by transfer learning: its layers are frozen, its vertices too. */
    @Test
    void aTransferLearnedResidualGraphIsTranslated() {
        GraphBuilder graph = graph().addLayer("a", Nets.dense(Activation.TANH), "one")
                .addLayer("b", Nets.dense(Activation.TANH), "a")
                .addVertex("residual", new ElementWiseVertex(ElementWiseVertex.Op.Add), "a", "b")
                .addLayer("c", Nets.dense(Activation.TANH), "residual")
                .addLayer("d", Nets.dense(Activation.TANH), "two")
                .addVertex("vertex", new MergeVertex(), "c", "d")
                .addLayer("out", Nets.output(), "vertex")
                .setOutputs("out")
                .setInputTypes(Kind.ROWS.type(), Kind.ROWS.type());
        ComputationGraph original = new ComputationGraph(graph.build());
        original.init();
        ComputationGraph net = new TransferLearning.GraphBuilder(original)
                .setFeatureExtractor("residual")
                .build();
        assertTrue(net.getConfiguration().getVertices().get("residual") instanceof FrozenVertex);
        Dl4jModel model = Dl4jModel.of(net.clone());
        assertEquals(
                List.of("c_W", "c_b", "d_W", "d_b", "out_W", "out_b"),
                model.parameters().names().stream().sorted().toList());
        // transfer learning forgets the type of the numbers, so that DL4J's vertices work in single precision
        INDArray scores = new Gradients.OfGraph(net).losses(batch(Kind.ROWS));
        Oracle.assertClose(scores.reshape(scores.length()), model.losses(batch(Kind.ROWS)), 1e-6);
        Map<String, INDArray> gradient = new Gradients.OfGraph(net).gradient(batch(Kind.ROWS));
        ParameterLayout layout = model.parameters();
        INDArray found = model.gradient(batch(Kind.ROWS)).mul(Samples.N);
        layout.names()
                .forEach(name -> Oracle.assertClose(
                        Objects.requireNonNull(gradient.get(name))
                                .dup('c')
                                .reshape('c', layout.view(found, name).shape()),
                        layout.view(found, name),
                        1e-5));
    }

    /** DL4J's backward pass ends at a FrozenVertex. */
    @Test
    void whatIsBelowAFrozenVertexIsNotTrained() {
        ComputationGraph net =
                finished(begun(Kind.ROWS, new FrozenVertex(new MergeVertex()), false), Kind.ROWS, "vertex");
        List<String> trained =
                Dl4jModel.of(net).parameters().names().stream().sorted().toList();
        // b is below another output too
        assertEquals(
                List.of("b_W", "b_b", "other_W", "other_b", "out other_W", "out other_b", "out_W", "out_b"), trained);
    }
}
