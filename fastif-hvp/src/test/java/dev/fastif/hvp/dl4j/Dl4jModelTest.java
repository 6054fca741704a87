package dev.fastif.hvp.dl4j;

import static dev.fastif.hvp.dl4j.Oracle.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import dev.fastif.core.Measurement;
import dev.fastif.core.TestArrays;
import dev.fastif.hvp.CurvatureMode;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Deconvolution2D;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** Graphs of several inputs and outputs, finite differences, features, penalties, and what the user is told. */
class Dl4jModelTest {
    private static final Batch ROWS = Samples.batch(TestArrays.normal(1, Samples.N, 5), Samples.classes());

    private static MultiLayerNetwork mlp(DataType type) {
        return Sample.rows("mlp", Nets.dense(Activation.TANH), Nets.dense(Activation.SIGMOID), Nets.output())
                .net(type);
    }

    private static ComputationGraph initialized(ComputationGraphConfiguration configuration) {
        ComputationGraph net = new ComputationGraph(configuration);
        net.init();
        return net;
    }

    private static void check(ComputationGraph net, Batch batch) {
        Oracle oracle = new Oracle(
                () -> new Gradients.OfGraph(net.clone()), copy -> Dl4jModel.of(((Gradients.OfGraph) copy).net()));
        oracle.gradientIsDl4js(batch, 1e-8);
        oracle.directionalDerivativesAreSlopesOfDl4jsLosses(batch, 1, 1e-6);
        oracle.hessianVectorProductIsTheSlopeOfTheGradient(batch, 1e-6);
    }

    @Test
    void severalInputsAndOutputs() {
        ComputationGraph net = initialized(new NeuralNetConfiguration.Builder()
                .seed(4)
                .dataType(DataType.DOUBLE)
                .graphBuilder()
                .addInputs("one", "two")
                .addLayer("a", Nets.dense(Activation.TANH), "one")
                .addLayer("b", Nets.dense(Activation.SIGMOID), "two")
                .addVertex("both", new MergeVertex(), "a", "b")
                .addLayer("out", Nets.output(), "both")
                .addLayer(
                        "number",
                        new OutputLayer.Builder(LossFunction.MSE)
                                .nOut(2)
                                .activation(Activation.IDENTITY)
                                .build(),
                        "b")
                .setOutputs("out", "number")
                .setInputTypes(InputType.feedForward(5), InputType.feedForward(4))
                .build());
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        arrays.put("features", TestArrays.normal(1, Samples.N, 5));
        arrays.put("features.1", TestArrays.normal(2, Samples.N, 4));
        arrays.put("labels", Samples.classes());
        arrays.put("labels.1", TestArrays.normal(3, Samples.N, 2));
        check(net, Batch.of(arrays));
    }

    /** With softmax and cross-entropy the loss is convex in the logits, and a linear model's two matrices are one. */
    @Test
    void gaussNewtonMatrixOfALinearModelIsItsHessian() {
        Dl4jModel model = Dl4jModel.of(Sample.rows("linear", Nets.output()).net(DataType.DOUBLE));
        INDArray v = TestArrays.normal(5, model.parameters().size());
        assertClose(
                model.hessianVectorProduct(ROWS, v),
                model.gaussNewtonProducts(ROWS, List.of(v)).get(0),
                1e-12);
        Dl4jModel deep = Dl4jModel.of(mlp(DataType.DOUBLE));
        INDArray w = TestArrays.normal(6, deep.parameters().size());
        INDArray product = deep.gaussNewtonProducts(ROWS, List.of(w)).get(0);
        assertTrue(product.mul(w).sumNumber().doubleValue() > 0);
        INDArray again = deep.gaussNewtonProducts(ROWS, List.of(w.mul(2), w)).get(1);
        assertClose(product, again, 1e-12);
    }

    @Test
    void allLayersWithoutARuleAreNamedAndTheRemedyToo() {
        Sample sample = Sample.images(
                "unsupported",
                Nets.conv(ConvolutionMode.Same),
                new Deconvolution2D.Builder(2, 2).nOut(2).build(),
                Nets.conv(ConvolutionMode.Same),
                new Deconvolution2D.Builder(2, 2).nOut(2).build(),
                Nets.output());
        MultiLayerNetwork net = sample.net(DataType.DOUBLE);
        String message = String.valueOf(assertThrows(IllegalArgumentException.class, () -> Dl4jModel.of(net))
                .getMessage());
        assertTrue(message.contains("'1' (Deconvolution2D)"), message);
        assertTrue(message.contains("'3' (Deconvolution2D)"), message);
        assertTrue(message.contains("FINITE_DIFFERENCE"), message);
        Dl4jModel model = Dl4jModel.builder(net)
                .curvature(CurvatureMode.FINITE_DIFFERENCE)
                .build();
        Batch batch = sample.batches().get(0);
        INDArray u = TestArrays.normal(8, model.parameters().size());
        INDArray v = TestArrays.normal(9, model.parameters().size());
        double uv = u.mul(model.hessianVectorProduct(batch, v)).sumNumber().doubleValue();
        double vu = v.mul(model.hessianVectorProduct(batch, u)).sumNumber().doubleValue();
        assertEquals(uv, vu, 1e-5 * Math.abs(uv));
    }

    @Test
    void aNetThatHasChangedIsReported() {
        MultiLayerNetwork net = mlp(DataType.FLOAT);
        Dl4jModel model = Dl4jModel.of(net);
        INDArray losses = model.losses(ROWS);
        assertEquals(losses, model.losses(ROWS));
        net.getParam("0_W").putScalar(0, 0, 5);
        IllegalStateException e = assertThrows(IllegalStateException.class, () -> model.losses(ROWS));
        assertTrue(String.valueOf(e.getMessage()).contains("make a new Dl4jModel"), e.getMessage());
        Dl4jModel.of(net).losses(ROWS);
    }

    @Test
    void theNetIsNotTouched() {
        for (CurvatureMode mode : CurvatureMode.values()) {
            MultiLayerNetwork net = mlp(DataType.DOUBLE);
            net.setListeners(new org.deeplearning4j.optimize.listeners.ScoreIterationListener(1));
            INDArray before = net.params().dup();
            INDArray output = net.output(ROWS.get(Batch.FEATURES)).dup();
            String configuration = net.getLayerWiseConfigurations().toJson();
            Dl4jModel model = Dl4jModel.builder(net).curvature(mode).build();
            INDArray v = TestArrays.normal(9, model.parameters().size());
            model.hessianVectorProduct(ROWS, v);
            model.gradient(ROWS);
            model.directionalDerivatives(ROWS, v);
            assertEquals(before, net.params());
            assertEquals(1, net.getListeners().size());
            assertEquals(configuration, net.getLayerWiseConfigurations().toJson());
            assertEquals(output, net.output(ROWS.get(Batch.FEATURES)));
        }
    }

    @Test
    void penaltiesAreTheRegularizer() {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .dataType(DataType.DOUBLE)
                .l2(0.01)
                .l1(0.3)
                .l2Bias(0.002)
                .list(
                        new DenseLayer.Builder().nIn(5).nOut(4).build(),
                        new OutputLayer.Builder(LossFunction.MSE)
                                .nIn(4)
                                .nOut(2)
                                .activation(Activation.IDENTITY)
                                .weightDecay(0.05)
                                .build())
                .build());
        net.init();
        Dl4jModel model = Dl4jModel.of(net);
        assertEquals(0.005, model.regularizer().coefficient("0_W"), 1e-12);
        assertEquals(0.001, model.regularizer().coefficient("0_b"), 1e-12);
        // weight decay in addition to the network's L2
        assertEquals(0.03, model.regularizer().coefficient("1_W"), 1e-12);
    }

    @Test
    void featuresAreTheInputOfTheOutputLayerOrWhatIsNamed() {
        MultiLayerNetwork net = mlp(DataType.DOUBLE);
        List<INDArray> activations = net.feedForward(ROWS.get(Batch.FEATURES));
        assertClose(activations.get(2), Dl4jModel.of(net).features(ROWS), 1e-12);
        assertClose(
                activations.get(1), Dl4jModel.builder(net).features("0").build().features(ROWS), 1e-12);
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class,
                () -> Dl4jModel.builder(net).features("7").build());
        assertTrue(String.valueOf(e.getMessage()).contains("'7'"), e.getMessage());
    }

    @Test
    void outputsAreBeforeTheSoftmaxAndMayBeMeasured() {
        MultiLayerNetwork net = mlp(DataType.DOUBLE);
        Dl4jModel model = Dl4jModel.of(net);
        INDArray logits = model.outputs(ROWS);
        assertClose(
                net.output(ROWS.get(Batch.FEATURES)),
                org.nd4j.linalg.ops.transforms.Transforms.softmax(logits, true),
                1e-12);
        assertEquals(
                model.parameters().size(),
                model.gradient(ROWS, Measurement.logit(1)).length());
        assertTrue(Arrays.equals(new long[] {3, 3}, logits.shape()));
    }

    @Test
    void copiesComputeTheSame() {
        Dl4jModel model = Dl4jModel.of(mlp(DataType.FLOAT));
        assertEquals(model.gradient(ROWS), model.replicate().gradient(ROWS));
    }
}
