package dev.fastif.hvp.autodiff;

import static dev.fastif.core.TestArrays.assertClose;
import static dev.fastif.core.TestArrays.normal;
import static dev.fastif.hvp.autodiff.Network.CLASSES;
import static dev.fastif.hvp.autodiff.Network.H;

import dev.fastif.core.Batch;
import dev.fastif.core.ParameterLayout;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The transformer of the registry, written a second time in SameDiff: values, gradients and curvature agree. */
class SameDiffOracleTest {
    private static final int N = 3;
    private static final int T = 5;
    private static final int HEADS = 2;

    private final GraphModel model = Networks.all().stream()
            .filter(network -> network.name().equals("transformer"))
            .findFirst()
            .orElseThrow()
            .model(DataType.DOUBLE);
    private final Batch batch = Network.batch();
    private final ParameterLayout layout = model.parameters();

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

    @Test
    void lossesGradientsAndHessianVectorProductsAgree() {
        INDArray v = normal(99, layout.size());
        SameDiff sd = new Transformer().sd;
        assertClose(sd.getVariable("losses").eval(), model.losses(batch), 1e-13);
        String[] names = layout.names().toArray(new String[0]);
        sd.setLossVariables("loss");
        assertClose(flat(sd.calculateGradients(Map.of(), names)), model.gradient(batch), 1e-11);
        Map<String, INDArray> direction = new LinkedHashMap<>();
        layout.names().forEach(name -> direction.put(name, layout.view(v, name).dup()));
        Map<String, INDArray> product = new TangentGraph(new Transformer().sd, direction, "loss").product(names);
        assertClose(flat(product), model.hessianVectorProduct(batch, v), 1e-10);
    }

    private INDArray flat(Map<String, INDArray> parts) {
        INDArray vector = Nd4j.create(DataType.DOUBLE, layout.size());
        parts.forEach((name, part) -> layout.view(vector, name).assign(part));
        return vector;
    }

    /** The network of {@code Networks.transformer}, without any of fastif's operations. */
    private final class Transformer {
        private final SameDiff sd = SameDiff.create();
        private final INDArray theta = model.parameterValues();

        Transformer() {
            // with its cache SameDiff silently gives wrong numbers
            sd.setEnableCache(false);
            // look-ups are products: the gradient of SameDiff's gather is wrong where ids repeat
            INDArray words = Nd4j.zeros(DataType.DOUBLE, N * T, Network.WORDS);
            INDArray bias = Nd4j.zeros(DataType.DOUBLE, N, 1, 1, T);
            INDArray first = Nd4j.zeros(DataType.DOUBLE, N, N * T);
            INDArray labels = Nd4j.zeros(DataType.DOUBLE, N, CLASSES);
            for (int i = 0; i < N; i++) {
                first.putScalar(i, (long) i * T, 1);
                labels.putScalar(i, batch.get(Batch.LABELS).getInt(i), 1);
                for (int t = 0; t < T; t++) {
                    words.putScalar(i * T + t, batch.get("ids").getInt(i, t), 1);
                    bias.putScalar(
                            new long[] {i, 0, 0, t}, (1 - batch.get("mask").getDouble(i, t)) * -1e4);
                }
            }
            INDArray places = normal("frozen place".hashCode(), 8, H).muli(0.7);
            INDArray place = Nd4j.vstack(
                    places.getRows(0, 1, 2, 3, 4), places.getRows(0, 1, 2, 3, 4), places.getRows(0, 1, 2, 3, 4));
            SDVariable x = norm(sd.mmul(sd.constant(words), parameter("word")).add(sd.constant(place)), 0);
            SDVariable scores = sd.mmul(heads(linear(x, "q")), heads(linear(x, "k")), false, true, false)
                    .mul(1 / Math.sqrt((double) H / HEADS))
                    .add(sd.constant(bias));
            SDVariable context = sd.mmul(sd.nn().softmax(scores, 3), heads(linear(x, "v")));
            SDVariable merged = sd.reshape(sd.permute(context, 0, 2, 1, 3), N * T, H);
            SDVariable y = norm(x.add(linear(merged, "o")), 1);
            SDVariable up = linear(y, "up");
            SDVariable gelu =
                    up.mul(sd.math().erf(up.mul(Math.sqrt(0.5))).add(1.0)).mul(0.5);
            SDVariable z = norm(y.add(linear(gelu, "down")), 2);
            SDVariable pooled = sd.math().tanh(linear(sd.mmul(sd.constant(first), z), "pool"));
            SDVariable logProbabilities = sd.nn().logSoftmax(linear(pooled, "head"));
            SDVariable losses =
                    sd.sum(logProbabilities.mul(sd.constant(labels)), false, 1).neg("losses");
            sd.mean("loss", losses, false, 0);
        }

        private SDVariable parameter(String name) {
            return sd.hasVariable(name)
                    ? sd.getVariable(name)
                    : sd.var(name, layout.view(theta, name).dup());
        }

        private SDVariable linear(SDVariable x, String name) {
            return sd.mmul(x, parameter(name + ".w")).add(parameter(name + ".b"));
        }

        private SDVariable norm(SDVariable x, int index) {
            SDVariable centred = x.sub(sd.mean(x, true, 1));
            SDVariable variance = sd.mean(centred.mul(centred), true, 1);
            return centred.mul(sd.math().pow(variance.add(1e-3), -0.5))
                    .mul(parameter("gain" + index))
                    .add(parameter("bias" + index));
        }

        /** [n t, h] to [n, heads, t, h / heads]. */
        private SDVariable heads(SDVariable x) {
            return sd.permute(sd.reshape(x, N, T, HEADS, H / HEADS), 0, 2, 1, 3);
        }
    }
}
