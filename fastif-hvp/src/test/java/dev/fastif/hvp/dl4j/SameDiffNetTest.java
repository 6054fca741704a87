package dev.fastif.hvp.dl4j;

import static dev.fastif.hvp.dl4j.Oracle.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import dev.fastif.core.ParameterLayout;
import dev.fastif.core.TestArrays;
import dev.fastif.hvp.CurvatureMode;
import dev.fastif.hvp.autodiff.TangentGraph;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Small networks of every kind: exact products are those of finite differences and of SameDiff's second derivatives. */
class SameDiffNetTest {
    private static final int NETS = 20;
    private static final Activation[] SMOOTH = {
        Activation.TANH, Activation.SIGMOID, Activation.SOFTPLUS, Activation.SWISH, Activation.MISH
    };

    private final PrintStream console = System.out;

    // SameDiff prints a line for every operation that it differentiates
    @BeforeEach
    void silence() {
        System.setOut(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
    }

    @AfterEach
    void speakAgain() {
        System.setOut(console);
    }

    static List<Sample> nets() {
        return IntStream.range(0, NETS).mapToObj(SameDiffNetTest::net).toList();
    }

    private static Sample net(int seed) {
        Random random = new Random(seed);
        String name = "random " + seed;
        List<Layer> layers = new ArrayList<>();
        return switch (seed % 3) {
            case 0 -> {
                IntStream.range(0, 1 + random.nextInt(3)).forEach(i -> layers.add(dense(random)));
                layers.add(Nets.output());
                yield Sample.rows(name, layers.toArray(Layer[]::new));
            }
            case 1 -> {
                layers.add(Nets.conv(random.nextBoolean() ? ConvolutionMode.Same : ConvolutionMode.Truncate));
                if (random.nextBoolean()) {
                    layers.add(new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.AVG)
                            .kernelSize(2, 2)
                            .stride(2, 2)
                            .build());
                }
                layers.add(dense(random));
                layers.add(Nets.output());
                yield Sample.images(name, layers.toArray(Layer[]::new));
            }
            default -> {
                IntStream.range(0, 1 + random.nextInt(2))
                        .forEach(i -> layers.add(
                                new LSTM.Builder().nOut(2 + random.nextInt(3)).build()));
                layers.add(new GlobalPoolingLayer(PoolingType.AVG));
                layers.add(Nets.output());
                yield Sample.pooledSequences(name, layers.toArray(Layer[]::new));
            }
        };
    }

    private static Layer dense(Random random) {
        return Nets.dense(SMOOTH[random.nextInt(SMOOTH.length)]);
    }

    @ParameterizedTest
    @MethodSource("nets")
    void exactProductsAreThoseOfFiniteDifferences(Sample sample) {
        for (Batch batch : sample.batches()) {
            compare(sample.net(DataType.DOUBLE), batch, 1e-6);
            compare(sample.net(DataType.FLOAT), batch, 5e-3);
        }
    }

    private static void compare(MultiLayerNetwork net, Batch batch, double tolerance) {
        Dl4jModel exact = Dl4jModel.of(net);
        Dl4jModel differences = Dl4jModel.builder(net)
                .curvature(CurvatureMode.FINITE_DIFFERENCE)
                .build();
        assertEquals(exact.parameters().names(), differences.parameters().names());
        assertClose(exact.parameterValues(), differences.parameterValues(), 0);
        INDArray v = TestArrays.normal(7, exact.parameters().size())
                .castTo(net.params().dataType());
        assertClose(exact.losses(batch), differences.losses(batch), tolerance);
        assertClose(exact.gradient(batch), differences.gradient(batch), tolerance);
        assertClose(exact.directionalDerivatives(batch, v), differences.directionalDerivatives(batch, v), tolerance);
        INDArray expected = exact.hessianVectorProduct(batch, v);
        double error = expected.sub(differences.hessianVectorProduct(batch, v))
                .norm2Number()
                .doubleValue();
        assertTrue(error <= tolerance * expected.norm2Number().doubleValue(), () -> "relative error " + error);
        assertClose(exact.features(batch), differences.features(batch), tolerance);
    }

    @ParameterizedTest
    @MethodSource("nets")
    void exactProductsAreThoseOfSameDiff(Sample sample) {
        MultiLayerNetwork net = sample.net(DataType.DOUBLE);
        Dl4jModel model = Dl4jModel.of(net);
        ParameterLayout layout = model.parameters();
        INDArray v = TestArrays.normal(7, layout.size());
        Map<String, INDArray> direction = new LinkedHashMap<>();
        layout.names().forEach(name -> direction.put(name, layout.view(v, name).dup()));
        String[] names = layout.names().toArray(String[]::new);
        for (Batch batch : sample.batches()) {
            SameDiff sd = new SameDiffNet(net, batch).graph();
            assertClose(sd.getVariable("losses").eval(), model.losses(batch), 1e-12);
            sd.setLossVariables("loss");
            assertClose(flat(layout, sd.calculateGradients(Map.of(), names)), model.gradient(batch), 1e-10);
            SameDiff other = new SameDiffNet(net, batch).graph();
            Map<String, INDArray> product = new TangentGraph(other, direction, "loss").product(names);
            assertClose(flat(layout, product), model.hessianVectorProduct(batch, v), 1e-9);
        }
    }

    private static INDArray flat(ParameterLayout layout, Map<String, INDArray> parts) {
        INDArray vector = Nd4j.create(DataType.DOUBLE, layout.size());
        parts.forEach((name, part) -> layout.view(vector, name).assign(part));
        return vector;
    }
}
