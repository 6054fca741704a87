package dev.fastif.hvp.dl4j;

import static org.junit.jupiter.api.Assumptions.abort;

import dev.fastif.core.Batch;
import dev.fastif.core.TestArrays;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.graph.AttentionVertex;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.FrozenVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.L2NormalizeVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.graph.ScaleVertex;
import org.deeplearning4j.nn.conf.graph.ShiftVertex;
import org.deeplearning4j.nn.conf.graph.SubsetVertex;
import org.deeplearning4j.nn.conf.graph.rnn.DuplicateToTimeSeriesVertex;
import org.deeplearning4j.nn.conf.graph.rnn.LastTimeStepVertex;
import org.deeplearning4j.nn.conf.graph.rnn.ReverseTimeSeriesVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.GravesLSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.deeplearning4j.nn.conf.layers.recurrent.SimpleRnn;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Where arrays with different masks meet, or one has none, the mask that goes on is DL4J's: every vertex, on the network's inputs
 * and on layers, before what looks at masks; before everything that does with {@code -Dfastif.stacks=all}.
 */
@SuppressWarnings("deprecation") // users still have GravesLSTM
class JoinsTest {
    private static final int C = SequenceLayers.C;
    private static final int STEPS = 5;
    private static final boolean ALL = System.getProperty("fastif.stacks", "").equals("all");
    private static final double[][] ONE = {{0, 0, 1, 1, 1}, {1, 0, 0, 1, 1}, {1, 1, 0, 0, 0}};
    private static final double[][] OTHER = {{0, 1, 0, 1, 1}, {1, 1, 0, 0, 0}, {1, 0, 1, 0, 0}};

    @BeforeAll
    static void inDouble() {
        Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
    }

    @AfterAll
    static void inFloatAgain() {
        Nd4j.setDefaultDataTypes(DataType.FLOAT, DataType.FLOAT);
    }

    /** Vertices from sequences to sequences, by how many they take. */
    private static Map<GraphVertex, Integer> ofSequences() {
        Map<GraphVertex, Integer> all = new LinkedHashMap<>();
        all.put(new MergeVertex(), 2);
        for (ElementWiseVertex.Op op : ElementWiseVertex.Op.values()) {
            all.put(new ElementWiseVertex(op), 2);
        }
        all.put(new SubsetVertex(1, 2), 1);
        all.put(new ScaleVertex(-0.7), 1);
        all.put(new ShiftVertex(0.4), 1);
        all.put(new ReverseTimeSeriesVertex("one"), 1);
        all.put(new ReverseTimeSeriesVertex("two"), 1);
        all.put(new ReverseTimeSeriesVertex(), 1);
        all.put(new FrozenVertex(new ScaleVertex(1.5)), 1);
        all.put(new L2NormalizeVertex(), 1);
        all.put(
                new AttentionVertex.Builder()
                        .nInQueries(C)
                        .nInKeys(C)
                        .nInValues(C)
                        .nOut(C)
                        .nHeads(1)
                        .headSize(2)
                        .projectInput(true)
                        .build(),
                3);
        return all;
    }

    /** What stands between a sequence and the output: three of them, or one behind vertices that are like others. */
    private static Map<String, Layer> readers(GraphVertex vertex) {
        Map<String, Layer> all = new LinkedHashMap<>();
        all.put("SUM pooling", new GlobalPoolingLayer(PoolingType.SUM));
        if (ALL || vertex.equals(new MergeVertex())) {
            all.put("last time step", new LastTimeStep(SequenceLayers.lstm()));
            SimpleRnn simple =
                    new SimpleRnn.Builder().nOut(C).activation(Activation.TANH).build();
            all.put("simple", new LastTimeStep(simple));
        }
        if (ALL) {
            for (PoolingType type : PoolingType.values()) {
                all.put(type + " pooling", new GlobalPoolingLayer(type));
            }
        }
        return all;
    }

    private record Join(String name, ComputationGraph net) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Join> joins() {
        List<Join> all = new ArrayList<>();
        for (boolean direct : List.of(true, false)) {
            String one = direct ? "one" : "a";
            String two = direct ? "two" : "b";
            String where = direct ? " of inputs, " : " of layers, ";
            ofSequences().forEach((vertex, count) -> readers(vertex).forEach((name, reader) -> {
                GraphBuilder graph = begun().addVertex(
                                "vertex",
                                vertex.clone(),
                                List.of(one, two, two).subList(0, count).toArray(String[]::new));
                graph.addLayer("reader", reader.clone(), "vertex").addLayer("out", Nets.output(), "reader");
                all.add(new Join(vertex + where + name, finished(graph)));
            }));
            for (String named : List.of("one", "two")) {
                GraphBuilder graph = begun().addVertex("sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), one, two)
                        .addVertex("vertex", new LastTimeStepVertex(named), "sum")
                        .addLayer("out", Nets.output(), "vertex");
                all.add(new Join("LastTimeStepVertex(" + named + ") of a sum" + where, finished(graph)));
                readers(new DuplicateToTimeSeriesVertex(named)).forEach((name, reader) -> {
                    GraphBuilder duplicate = begun().addVertex("last", new LastTimeStepVertex("one"), one)
                            .addVertex("duplicate", new DuplicateToTimeSeriesVertex(named), "last")
                            .addVertex("vertex", new MergeVertex(), "duplicate", two)
                            .addLayer("reader", reader.clone(), "vertex")
                            .addLayer("out", Nets.output(), "reader");
                    all.add(new Join("DuplicateToTimeSeriesVertex(" + named + ")" + where + name, finished(duplicate)));
                });
            }
        }
        return all.stream();
    }

    private static GraphBuilder begun() {
        return new NeuralNetConfiguration.Builder()
                .seed(5)
                // DL4J's workspaces fail on some vertices that stand on inputs
                .trainingWorkspaceMode(WorkspaceMode.NONE)
                .inferenceWorkspaceMode(WorkspaceMode.NONE)
                .dataType(DataType.DOUBLE)
                .graphBuilder()
                .addInputs("one", "two")
                .addLayer("a", SequenceLayers.lstm(), "one")
                .addLayer(
                        "b",
                        new GravesLSTM.Builder()
                                .nOut(C)
                                .activation(Activation.TANH)
                                .build(),
                        "two")
                // all inputs and layers count, whatever the vertex takes
                .addLayer("pool a", new GlobalPoolingLayer(PoolingType.SUM), "a")
                .addLayer("pool b", new GlobalPoolingLayer(PoolingType.AVG), "b")
                .addLayer("out a", Nets.output(), "pool a")
                .addLayer("out b", Nets.output(), "pool b");
    }

    private static ComputationGraph finished(GraphBuilder graph) {
        ComputationGraph net = new ComputationGraph(graph.setOutputs("out", "out a", "out b")
                .setInputTypes(InputType.recurrent(C, STEPS), InputType.recurrent(C, STEPS))
                .build());
        net.init();
        return net;
    }

    @ParameterizedTest
    @MethodSource("joins")
    void masksAreJoinedAsInDl4j(Join join) {
        Batch none = Batch.of(arrays());
        Batch one = none.with("featuresMask", Nd4j.createFromArray(ONE));
        Batch two = none.with("featuresMask.1", Nd4j.createFromArray(OTHER));
        Batch both = one.with("featuresMask.1", Nd4j.createFromArray(OTHER));
        Map<String, Batch> batches = Map.of("none", none, "first", one, "second", two, "both", both);
        List<String> failed = new ArrayList<>();
        Dl4jModel model = Dl4jModel.of(join.net.clone());
        batches.forEach((name, batch) -> {
            // a copy for each: DL4J's AttentionVertex keeps the masks of the batch before
            try {
                Trial.of(new Gradients.OfGraph(join.net.clone()), model, batch).run();
            } catch (org.opentest4j.TestAbortedException e) {
                failed.add(name + ": " + e.getMessage());
            }
        });
        if (!failed.isEmpty()) {
            abort(String.join("; ", failed));
        }
    }

    /** Examples of which one input has no step, and one of which what is looked at has none. */
    @ParameterizedTest
    @MethodSource("joins")
    void examplesWithoutStepsAreDl4jsOrRefused(Join join) {
        Map<String, INDArray> arrays = arrays();
        arrays.put(
                "featuresMask",
                Nd4j.createFromArray(new double[][] {{0, 0, 0, 0, 0}, {1, 0, 0, 1, 1}, {1, 1, 0, 0, 0}}));
        arrays.put(
                "featuresMask.1",
                Nd4j.createFromArray(new double[][] {{1, 1, 0, 0, 0}, {0, 0, 0, 0, 0}, {0, 0, 0, 1, 1}}));
        ComputationGraph net = join.net.clone();
        Trial.of(new Gradients.OfGraph(net), Dl4jModel.of(net), Batch.of(arrays))
                .runOrBeRefused(join.name.contains("Attention") || join.name.contains("LastTimeStep"));
    }

    private static Map<String, INDArray> arrays() {
        INDArray labels = Samples.classes();
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        arrays.put("features", TestArrays.normal(1, Samples.N, C, STEPS));
        arrays.put("features.1", TestArrays.normal(2, Samples.N, C, STEPS));
        arrays.put("labels", labels);
        arrays.put("labels.1", labels);
        arrays.put("labels.2", labels);
        return arrays;
    }
}
