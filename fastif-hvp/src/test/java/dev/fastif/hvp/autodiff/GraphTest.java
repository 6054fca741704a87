package dev.fastif.hvp.autodiff;

import static dev.fastif.core.TestArrays.assertClose;
import static dev.fastif.core.TestArrays.normal;
import static dev.fastif.hvp.Messages.assertRejected;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import dev.fastif.core.Loss;
import dev.fastif.hvp.autodiff.operations.Layers;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Values of operations where they are known, and what the builder and its graphs refuse. */
class GraphTest {
    /** The value of a node made from the standard batch of the networks. */
    private static INDArray value(Batch batch, Function<Network.Parts, Node> architecture) {
        Network.Parts layers = new Network.Parts(DataType.DOUBLE);
        Node node = architecture.apply(layers);
        layers.parameter("some parameter", 1);
        return GraphModel.builder(layers.builder.build(), node, Loss.squaredError())
                .build()
                .outputs(batch);
    }

    private static INDArray value(Function<Network.Parts, Node> architecture) {
        return value(Network.batch(), architecture);
    }

    @Test
    void positionsCountFromZeroInEverySequence() {
        assertEquals(
                Nd4j.createFromArray(new int[][] {{0, 1, 2, 3, 4}, {0, 1, 2, 3, 4}, {0, 1, 2, 3, 4}}),
                value(g -> Layers.positions(g.ids())));
    }

    @Test
    void embeddingIsARowOfItsTable() {
        INDArray table = normal(1, Network.WORDS, Network.H);
        INDArray rows = value(g -> Layers.embedding(g.ids(), g.builder.frozen("table", table)));
        assertEquals(table.getRow(4), rows.slice(0).getRow(2));
        assertEquals(table.getRow(5), rows.slice(1).getRow(4));
    }

    @Test
    void tokenIsASliceOfItsSequence() {
        INDArray tokens = value(g -> Layers.token(g.sequences(), 3));
        assertEquals(Network.batch().get("sequences").slice(2).getRow(3), tokens.getRow(2));
    }

    @Test
    void activationsHaveTheirKnownValues() {
        Batch batch = Batch.of(Map.of("x", Nd4j.createFromArray(new double[][] {{-1, 0, 2}})));
        assertClose(row(-0.15865525393145707, 0, 1.9544997361036416), value(batch, g -> Layers.gelu(g.x())), 1e-15);
        assertClose(row(0, 0, 2), value(batch, g -> Layers.relu(g.x())), 0);
        assertClose(row(Math.tanh(-1), 0, Math.tanh(2)), value(batch, g -> Layers.tanh(g.x())), 1e-15);
        assertClose(
                row(1 / (1 + Math.E), 0.5, 1 / (1 + Math.exp(-2))), value(batch, g -> Layers.sigmoid(g.x())), 1e-15);
    }

    @Test
    void layerNormScalesRowsOfMeanZeroAndVarianceOne() {
        Batch batch = Batch.of(Map.of("x", Nd4j.createFromArray(new double[][] {{1, 3}, {7, 7}})));
        INDArray gain = Nd4j.createFromArray(2.0, 10.0);
        INDArray bias = Nd4j.createFromArray(0.5, 0.0);
        INDArray y = value(
                batch, g -> Layers.layerNorm(g.x(), g.builder.frozen("gain", gain), g.builder.frozen("bias", bias), 3));
        // variance 1 and epsilon 3 make a deviation of 2
        assertClose(Nd4j.createFromArray(new double[][] {{-0.5, 5}, {0.5, 0}}), y, 1e-15);
    }

    @Test
    void attentionAveragesValuesByTheSoftmaxOfScaledProducts() {
        // one head of width 4: scores are halved products
        INDArray queries = Nd4j.createFromArray(new double[][] {{2, 0, 0, 0}});
        INDArray keys = Nd4j.createFromArray(new double[][][] {{{Math.log(3), 0, 0, 0}, {0, 1, 0, 0}, {9, 9, 9, 9}}});
        INDArray values = Nd4j.createFromArray(new double[][][] {{{4, 0, 8, 0}, {0, 4, 0, 0}, {1e3, 1e3, 1e3, 1e3}}});
        INDArray mask = Nd4j.createFromArray(new double[][] {{1, 1, 0}});
        Batch batch = Batch.of(Map.of("q", queries, "k", keys, "v", values, "mask", mask));
        INDArray y = value(
                batch,
                g -> Layers.attention(g.builder.input("q"), g.builder.input("k"), g.builder.input("v"), g.mask(), 1));
        assertClose(row(3, 1, 6, 0), y, 1e-14);
    }

    /** With a bias of the keys there, and none here. */
    @Test
    void attentionOfOneIsAttentionToKeysAndValuesThatAreNotFormed() {
        Network formed = Network.of("formed", g -> {
            Node query = g.linear(Layers.token(g.sequences(), 0), "q", 4, 4);
            Node key = Layers.linear(g.sequences(), g.parameter("k", 4, 4), g.parameter("bias", 4));
            Node value = Layers.linear(g.sequences(), g.parameter("v", 4, 4), g.parameter("c", 4));
            return g.head(Layers.attention(query, key, value, g.mask(), 2));
        });
        Network notFormed = Network.of("not formed", g -> {
            Node query = g.linear(Layers.token(g.sequences(), 0), "q", 4, 4);
            Parameter key = g.parameter("k", 4, 4);
            g.parameter("bias", 4);
            return g.head(Layers.attentionOfOne(
                    query, g.sequences(), key, g.parameter("v", 4, 4), g.parameter("c", 4), g.mask(), 2));
        });
        Batch batch = Network.batch();
        GraphModel expected = formed.model(DataType.DOUBLE);
        GraphModel actual = notFormed.model(DataType.DOUBLE);
        assertEquals(
                List.copyOf(expected.parameters().names()),
                List.copyOf(actual.parameters().names()));
        actual.setParameterValues(expected.parameterValues());
        INDArray v = normal(1, expected.parameters().size());
        assertClose(expected.outputs(batch), actual.outputs(batch), 1e-13);
        assertClose(expected.gradient(batch), actual.gradient(batch), 1e-13);
        assertClose(expected.hessianVectorProduct(batch, v), actual.hessianVectorProduct(batch, v), 1e-13);
    }

    @Test
    void maskedTokensDoNotMatter() {
        Network network = Networks.all().stream()
                .filter(each -> each.name().equals("self-attention of 2 heads"))
                .findFirst()
                .orElseThrow();
        GraphModel model = network.model(DataType.DOUBLE);
        Batch batch = Network.batch();
        INDArray changed = batch.get("sequences").dup();
        changed.slice(1).getRow(3).assign(5);
        changed.slice(2).getRow(1).assign(-7);
        Batch masked = batch.with("sequences", changed);
        INDArray v = normal(1, model.parameters().size());
        assertEquals(model.outputs(batch), model.outputs(masked));
        assertEquals(model.hessianVectorProduct(batch, v), model.hessianVectorProduct(masked, v));
        changed.slice(1).getRow(2).assign(5);
        assertNotEquals(model.outputs(batch), model.outputs(masked));
    }

    @Test
    void nothingIsAddedToAGraphThatHasBeenBuilt() {
        Graph.Builder builder = Graph.builder(DataType.DOUBLE);
        Node x = builder.input("x");
        Parameter w = builder.trainable("w", normal(1, 2, 2));
        Layers.linear(x, w);
        builder.build();
        for (Executable late : List.<Executable>of(
                () -> Layers.linear(x, w),
                () -> builder.input("y"),
                () -> builder.trainable("v", normal(2, 2)),
                () -> builder.frozen("u", normal(2, 2)))) {
            String message = String.valueOf(
                    assertThrows(IllegalStateException.class, late).getMessage());
            assertTrue(message.contains("before build()"), message);
        }
    }

    private static INDArray row(double... numbers) {
        return Nd4j.createFromArray(new double[][] {numbers});
    }

    @Test
    void parametersLieInTheOrderInWhichTheyWereAdded() {
        Graph.Builder builder = Graph.builder(DataType.DOUBLE);
        INDArray second = normal(1, 2, 3);
        builder.trainable("z", second);
        builder.frozen("m", normal(2, 5));
        builder.trainable("a", normal(3, 1));
        Node x = builder.input("x");
        Graph graph = builder.build();
        assertEquals(List.of("z", "a"), List.copyOf(graph.layout().names()));
        GraphModel model = GraphModel.builder(graph, x, Loss.squaredError()).build();
        INDArray theta = model.parameterValues();
        second.assign(9);
        assertEquals(normal(1, 2, 3), graph.layout().view(theta, "z"), "trainable values are copied");
        theta.assign(0);
        assertNotEquals(theta, model.parameterValues(), "a copy is handed out");
        INDArray values = normal(4, 7);
        model.setParameterValues(values);
        values.assign(0);
        assertEquals(normal(4, 7), model.parameterValues(), "a copy is taken");
    }

    @Test
    void anInputIsOneNode() {
        Graph.Builder builder = Graph.builder(DataType.DOUBLE);
        assertSame(builder.input("x"), builder.input("x"));
    }

    @Test
    void storageOfTheBatchDoesNotMatter() {
        GraphModel model = Networks.all().get(0).model(DataType.DOUBLE);
        Batch batch = Network.batch();
        INDArray wide = Nd4j.zeros(DataType.DOUBLE, 3, 9);
        INDArray view = wide.getColumns(2, 3, 4, 5).assign(batch.get("x"));
        INDArray expected = model.gradient(batch);
        for (INDArray x : List.of(
                view, batch.get("x").dup('f'), batch.get("x").transpose().dup().transpose())) {
            assertClose(expected, model.gradient(batch.with("x", x)), 1e-14);
        }
        INDArray floats = batch.get("x").castTo(DataType.FLOAT);
        assertClose(expected, model.gradient(batch.with("x", floats)), 1e-6);
    }

    @Test
    void vectorsMayBeViews() {
        GraphModel model = Networks.all().get(0).model(DataType.DOUBLE);
        long p = model.parameters().size();
        INDArray v = normal(5, p);
        INDArray strided = Nd4j.zeros(DataType.DOUBLE, p, 3).getColumn(1).assign(v);
        Batch batch = Network.batch();
        assertEquals(model.hessianVectorProduct(batch, v), model.hessianVectorProduct(batch, strided));
        assertEquals(model.directionalDerivatives(batch, v), model.directionalDerivatives(batch, strided));
    }

    @Test
    void whatTheBuilderCannotUseIsNamed() {
        Graph.Builder g = Graph.builder(DataType.DOUBLE);
        Node x = g.input("x");
        Parameter matrix = g.trainable("matrix", normal(1, 4, 3));
        Parameter four = g.trainable("four", normal(1, 4));
        Parameter three = g.frozen("three", normal(1, 3));
        assertRejected(() -> g.trainable("three", normal(1, 3)), "'three' exists already");
        assertRejected(() -> Layers.linear(x, four), "'four' has 1 dimensions", "2");
        assertRejected(() -> Layers.linear(x, matrix, four), "'four' has 4 elements", "'matrix'", "3");
        assertRejected(() -> Layers.embedding(x, three), "'three' has 1 dimensions", "2");
        assertRejected(() -> Layers.layerNorm(x, matrix, three, 1e-5), "'matrix' has 2 dimensions", "1");
        assertRejected(() -> Layers.layerNorm(x, four, three, 1e-5), "'three' has 3 elements", "'four'", "4");
        assertRejected(() -> Layers.layerNorm(x, four, four, 0), "epsilon is 0.0", "above 0");
        assertRejected(() -> Layers.attention(x, x, x, x, 0), "heads is 0", "at least 1");
        assertRejected(() -> Layers.token(x, -1), "index is -1", "from 0");
        Node stranger = Graph.builder(DataType.DOUBLE).input("y");
        Parameter other = Graph.builder(DataType.DOUBLE).trainable("other", normal(1, 4, 3));
        assertRejected(() -> Layers.linear(x, other), "parameter 'other'", "another graph");
        assertRejected(() -> Layers.add(x, stranger), "input 'y'", "another graph");
        assertRejected(() -> Graph.builder(DataType.FLOAT).build(), "without trainable parameters");
        assertRejected(() -> Graph.builder(DataType.INT32).build(), "FLOAT or DOUBLE");
    }

    @Test
    void batchesThatDoNotFitAreNamed() {
        Batch batch = Network.batch();
        INDArray ids = batch.get("ids").dup();
        assertRejected(
                () -> value(batch.with("x", normal(1, 3, 7)), g -> g.head(g.x())), "[3, 7]", "'head.w'", "rows of 4");
        assertRejected(
                () -> value(batch.with("x", normal(1, 3, 7)), g -> g.norm(g.x(), "gain", "bias")),
                "[3, 7]",
                "'gain'",
                "rows of 4");
        assertRejected(
                () -> value(batch.with("ids", ids.putScalar(1, 2, 6)), Networks::words),
                "is 6:",
                "'words'",
                "from 0 to 5");
        assertRejected(() -> value(batch.with("ids", ids.putScalar(1, 2, -1)), Networks::words), "is -1:", "'words'");
        assertRejected(
                () -> value(g -> Layers.attention(g.x(), g.sequences(), g.sequences(), g.mask(), 3)),
                "[3, 5, 4]",
                "3 heads");
        assertRejected(
                () -> value(batch.with("mask", normal(1, 3, 4)), g -> g.pooledHead(g.sequences())),
                "mask has shape [3, 4]",
                "[3, 5]");
        assertRejected(() -> value(g -> Layers.token(g.sequences(), 5)), "token 5", "[3, 5, 4]", "t > 5");
        assertRejected(() -> value(g -> Layers.token(g.x(), 0)), "token 0", "[3, 4]", "[n, t, c]");
        assertRejected(() -> value(g -> Layers.add(g.x(), g.sequences())), "[3, 4]", "[3, 5, 4]");
        assertRejected(() -> value(g -> g.builder.input("absent")), "no array 'absent'", "mask");
    }

    @Test
    void vectorsThatDoNotFitAreNamed() {
        GraphModel model = Networks.all().get(0).model(DataType.DOUBLE);
        Batch batch = Network.batch();
        long p = model.parameters().size();
        assertRejected(() -> model.hessianVectorProduct(batch, normal(1, p - 1)), "vector", "[34]", "35 parameters");
        assertRejected(
                () -> model.hessianVectorProduct(batch, normal(1, p).castTo(DataType.FLOAT)),
                "vector is FLOAT",
                "DOUBLE");
        assertRejected(() -> model.directionalDerivatives(batch, normal(1, p, 1)), "direction", "[35, 1]");
        assertRejected(() -> model.setParameterValues(normal(1, p + 1)), "values", "[36]", "35 parameters");
        Batch unlabelled = Batch.of(Map.of("x", batch.get("x")));
        assertRejected(() -> model.gradient(unlabelled), "no labels");
        assertRejected(() -> model.losses(unlabelled), "no labels");
        assertRejected(() -> model.hessianVectorProduct(unlabelled, normal(1, p)), "no labels");
        assertEquals(3, model.outputs(unlabelled).rows());
    }
}
