package dev.fastif.hvp.dl4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import dev.fastif.core.TestArrays;
import dev.fastif.hvp.autodiff.Node;
import dev.fastif.hvp.autodiff.operations.Pointwise;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.deeplearning4j.nn.conf.layers.samediff.SDVertexParams;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffLayer;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffVertex;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Rules that a user gives for layers and vertices: where they are looked for, and what is refused. */
class OwnRulesTest {
    /** y = tanh(x b) + mean: parameters have the names that DL4J's own give to biases and statistics, and are none. */
    static class Turned extends SameDiffLayer {
        private static final long serialVersionUID = 1;

        private long size;

        @Override
        public SDVariable defineLayer(SameDiff sd, SDVariable x, Map<String, SDVariable> p, SDVariable mask) {
            return sd.math().tanh(x.mmul(at(p, "b"))).add(at(p, "mean"));
        }

        @Override
        public void setNIn(InputType input, boolean override) {
            size = input.arrayElementsPerExample();
        }

        @Override
        public void defineParameters(SDLayerParams params) {
            params.addWeightParam("b", size, size);
            params.addWeightParam("mean", 1, size);
        }

        @Override
        public void initializeParameters(Map<String, INDArray> params) {
            at(params, "b").assign(TestArrays.normal(11, size, size));
            at(params, "mean").assign(TestArrays.normal(12, 1, size));
        }

        @Override
        public InputType getOutputType(int index, InputType input) {
            return input;
        }
    }

    /** y = x^2, of arrays of any kind. */
    static class Squared extends Turned {
        private static final long serialVersionUID = 1;

        @Override
        public SDVariable defineLayer(SameDiff sd, SDVariable x, Map<String, SDVariable> p, SDVariable mask) {
            return x.mul(x);
        }

        @Override
        public void defineParameters(SDLayerParams params) {}

        @Override
        public void initializeParameters(Map<String, INDArray> params) {}
    }

    /** y = a^2 b w of two arrays. */
    static class Woven extends SameDiffVertex {
        private static final long serialVersionUID = 1;

        @Override
        public SDVariable defineVertex(
                SameDiff sd, Map<String, SDVariable> in, Map<String, SDVariable> p, Map<String, SDVariable> masks) {
            return at(in, "a").mul(at(in, "a")).mul(at(in, "b")).mul(at(p, "w"));
        }

        @Override
        public void defineParametersAndInputs(SDVertexParams params) {
            params.defineInputs("a", "b");
            params.addWeightParam("w", 1, 4);
        }

        @Override
        public void initializeParameters(Map<String, INDArray> params) {
            at(params, "w").assign(TestArrays.normal(13, 1, 4));
        }

        @Override
        public InputType getOutputType(int index, InputType... in) {
            return in[0];
        }

        @Override
        public GraphVertex clone() {
            return new Woven();
        }
    }

    private final ComputationGraph net = graph();
    private final Batch batch = Sample.rows("graph").batches().get(0);

    private static <T> T at(Map<String, T> map, String key) {
        return Objects.requireNonNull(map.get(key));
    }

    private static Node turned(RuleScope s, Node x, Turned layer) {
        Node product = s.ops().matmul(x, s.value("b"));
        return s.ops().add(s.ops().apply(Pointwise.tanh(), product), s.value("mean"));
    }

    private static Node squared(RuleScope s, Node x, Squared layer) {
        return s.ops().apply(Pointwise.pow(2), x);
    }

    private static Node woven(RuleScope s, List<Node> in, Woven vertex) {
        Node product = s.ops().multiply(s.ops().apply(Pointwise.pow(2), in.get(0)), in.get(1));
        return s.ops().multiply(product, s.value("w"));
    }

    static Stream<Sample> samples() {
        Layer dense = Nets.dense(Activation.TANH);
        return Stream.of(
                Sample.rows("rows", dense, new Turned(), Nets.output()),
                Sample.rows("first", new Turned(), dense, Nets.output()),
                Sample.rows("frozen", dense, new FrozenLayerWithBackprop(new Turned()), dense, Nets.output()),
                Sample.rows("frozen below", new FrozenLayer(new Turned()), dense, Nets.output()),
                Sample.images("images", new Squared(), new GlobalPoolingLayer(), dense, Nets.output()),
                Sample.unmaskedSequences("sequences", new Squared(), new GlobalPoolingLayer(), dense, Nets.output()));
    }

    private static Dl4jModel.Builder ruled(Dl4jModel.Builder builder, Sample sample) {
        DataKind kind = sample.name().equals("images")
                ? DataKind.IMAGES
                : sample.name().equals("sequences") ? DataKind.SEQUENCES : DataKind.ROWS;
        return builder.rule(Turned.class, DataKind.ROWS, DataKind.ROWS, OwnRulesTest::turned)
                .rule(Squared.class, kind, kind, OwnRulesTest::squared);
    }

    @ParameterizedTest
    @MethodSource("samples")
    void networksWithRulesAreDl4js(Sample sample) {
        MultiLayerNetwork network = sample.net(DataType.DOUBLE);
        for (Batch each : sample.batches()) {
            ruled(Dl4jModel.builder(network), sample).check(each);
        }
    }

    private static ComputationGraph graph() {
        ComputationGraph made = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .dataType(DataType.DOUBLE)
                .seed(2)
                .l2(0.1)
                .graphBuilder()
                .addInputs("in")
                .addLayer("a", dense(), "in")
                .addLayer("b", dense(), "in")
                .addVertex("woven", new Woven(), "a", "b")
                .addLayer("out", Nets.output(), "woven")
                .setOutputs("out")
                .setInputTypes(InputType.feedForward(5))
                .build());
        made.init();
        return made;
    }

    private static Layer dense() {
        return new DenseLayer.Builder().nOut(4).activation(Activation.TANH).build();
    }

    private Dl4jModel.Builder ofGraph(VertexRule<Woven> rule) {
        return Dl4jModel.builder(net).rule(Woven.class, DataKind.ROWS, DataKind.ROWS, rule);
    }

    @Test
    void graphsWithRulesAreDl4js() {
        ofGraph(OwnRulesTest::woven).check(batch);
    }

    @Test
    void theKitFindsARuleThatIsWrong() {
        Dl4jModel.Builder wrong = ofGraph((s, in, vertex) -> woven(s, List.of(in.get(1), in.get(0)), vertex));
        AssertionError e = assertThrows(AssertionError.class, () -> wrong.check(batch));
        assertTrue(String.valueOf(e.getMessage()).startsWith("the losses: differs by"), e.getMessage());
    }

    @Test
    void masksDoNotReachRules() {
        Sample sample = Sample.pooledSequences(
                "sequences", new Squared(), new GlobalPoolingLayer(), Nets.dense(Activation.TANH), Nets.output());
        Dl4jModel model =
                ruled(Dl4jModel.builder(sample.net(DataType.DOUBLE)), sample).build();
        assertEquals(3, model.losses(sample.batches().get(0)).length());
        Batch masked = sample.batches().stream()
                .filter(batch -> batch.find(Batch.FEATURES_MASK) != null)
                .findFirst()
                .orElseThrow();
        refuses("the rule of Squared sees no masks", () -> model.losses(masked));
    }

    @Test
    void whatDoesNotFitIsRefused() {
        Sample sample = Sample.rows("rows", Nets.dense(Activation.TANH), new Squared(), Nets.output());
        Dl4jModel.Builder builder = Dl4jModel.builder(sample.net(DataType.DOUBLE));
        refuses("Dl4jModel.builder(net).rule(...)", builder::build);
        refuses(
                "DenseLayer has a rule already",
                () -> builder.rule(DenseLayer.class, DataKind.ROWS, DataKind.ROWS, (s, x, layer) -> x));
        refuses("Squared, which takes images", () -> rule(sample, DataKind.IMAGES, (s, x, layer) -> x));
        refuses(
                "Squared: not of this size",
                () -> rule(sample, DataKind.ROWS, (s, x, layer) -> {
                    throw new UnsupportedOperationException("not of this size");
                }));
        Dl4jModel flat = rule(sample, DataKind.ROWS, (s, x, layer) -> s.ops().insertAxis(x, 1));
        refuses(
                "the rule of Squared must give ROWS",
                () -> flat.losses(sample.batches().get(0)));
        Dl4jModel.Builder once = builder.rule(Squared.class, DataKind.ROWS, DataKind.ROWS, OwnRulesTest::squared);
        refuses(
                "Squared has a rule already",
                () -> once.rule(Squared.class, DataKind.ROWS, DataKind.ROWS, OwnRulesTest::squared));
    }

    private static Dl4jModel rule(Sample sample, DataKind kind, LayerRule<Squared> rule) {
        return Dl4jModel.builder(sample.net(DataType.DOUBLE))
                .rule(Squared.class, kind, kind, rule)
                .build();
    }

    private static void refuses(String message, Runnable work) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, work::run);
        assertTrue(String.valueOf(e.getMessage()).contains(message), e.getMessage());
    }
}
