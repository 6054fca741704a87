package dev.fastif.hvp.autodiff;

import static dev.fastif.core.TestArrays.normal;
import static dev.fastif.hvp.Messages.assertRejected;
import static dev.fastif.hvp.autodiff.GraphModelContractTest.assertSameBits;
import static dev.fastif.hvp.autodiff.GraphModelContractTest.direction;
import static dev.fastif.hvp.autodiff.GraphModelContractTest.results;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fastif.core.Batch;
import dev.fastif.core.Loss;
import dev.fastif.core.ParameterLayout;
import dev.fastif.core.Regularizer;
import dev.fastif.core.TestArrays;
import dev.fastif.hvp.autodiff.operations.Layers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Copies of a model, with all of its parameters or with some of them frozen, against the model itself. */
class RestrictedModelTest {
    /** Those of {@link GraphModelContractTest#results} that are vectors [p]. */
    private static final Set<String> VECTORS = Set.of("parameters", "gradient", "product", "gauss-newton");

    static List<Network> networks() {
        return Networks.all();
    }

    @ParameterizedTest
    @MethodSource("networks")
    void aReplicaComputesTheSameBitsFromParametersOfItsOwn(Network network) {
        GraphModel model = network.model(DataType.FLOAT);
        model.setParameterValues(direction(model, 1)); // not those that the graph began with
        INDArray v = direction(model, 2);
        Map<String, INDArray> expected = results(model, Network.batch(), v);
        GraphModel replica = model.replicate();
        assertSameBits(expected, results(replica, Network.batch(), v));
        model.setParameterValues(direction(model, 3));
        assertSameBits(expected, results(replica, Network.batch(), v));
        Map<String, INDArray> changed = results(model, Network.batch(), v);
        replica.setParameterValues(direction(model, 4));
        assertSameBits(changed, results(model, Network.batch(), v));
        assertNotEquals(changed.get("parameters"), replica.parameterValues());
    }

    /** With each single parameter, and with every second one: parts of gradients, blocks of matrices. */
    @ParameterizedTest
    @MethodSource("networks")
    void derivativesAreThePartsThatBelongToTheTrainedParameters(Network network) {
        GraphModel model = network.model(DataType.DOUBLE);
        model.setParameterValues(direction(model, 1));
        List<String> names = List.copyOf(model.parameters().names());
        List<String> everySecond = new ArrayList<>();
        for (int i = 0; i < names.size(); i += 2) {
            everySecond.add(names.get(i));
        }
        Stream.concat(names.stream().map(List::of), Stream.of(names, everySecond))
                .forEach(trained -> assertPartsOf(model, trained));
    }

    private static void assertPartsOf(GraphModel model, List<String> trained) {
        GraphModel restricted = model.restrictedTo(trained.toArray(String[]::new));
        assertEquals(trained, List.copyOf(restricted.parameters().names()));
        INDArray v = direction(restricted, 5);
        Map<String, INDArray> full = results(model, Network.batch(), widened(v, model, restricted));
        Map<String, INDArray> actual = results(restricted, Network.batch(), v);
        Map<String, INDArray> fromKept =
                results(restricted.trainablePart(), restricted.frozenPart().apply(Network.batch()), v);
        full.forEach((name, array) -> {
            boolean isVector = VECTORS.contains(name);
            INDArray expected = isVector ? narrowed(array, model, restricted) : array;
            double allowed = 1e-11 * TestArrays.largest(array);
            assertWithin(allowed, expected, Objects.requireNonNull(actual.get(name)), name);
            assertWithin(
                    allowed, expected, Objects.requireNonNull(fromKept.get(name)), name + " from kept activations");
        });
    }

    private static void assertWithin(double allowed, INDArray expected, INDArray actual, String name) {
        assertArrayEquals(expected.ravel().toDoubleVector(), actual.ravel().toDoubleVector(), allowed, name);
    }

    /** The vector of the whole model that is {@code part} where the restricted one is trained, and 0 elsewhere. */
    private static INDArray widened(INDArray part, GraphModel model, GraphModel restricted) {
        INDArray full = model.parameterValues().assign(0);
        copy(
                part,
                restricted.parameters(),
                full,
                model.parameters(),
                restricted.parameters().names());
        return full;
    }

    private static INDArray narrowed(INDArray full, GraphModel model, GraphModel restricted) {
        INDArray part = restricted.parameterValues();
        copy(
                full,
                model.parameters(),
                part,
                restricted.parameters(),
                restricted.parameters().names());
        return part;
    }

    private static void copy(
            INDArray from, ParameterLayout source, INDArray to, ParameterLayout target, Set<String> names) {
        names.forEach(name -> target.view(to, name).assign(source.view(from, name)));
    }

    @Test
    void whatLiesBelowTheFirstTrainedParameterIsFrozen() {
        GraphModel model = network("transformer").model(DataType.DOUBLE);
        GraphModel head = model.restrictedTo("head.*");
        assertEquals(Set.of("head.w", "head.b"), head.parameters().names());
        assertEquals(5 * 3, head.parameters().size());
        FrozenPart frozen = head.frozenPart();
        assertEquals(List.of("frozen.0"), frozen.names());
        Batch kept =
                Batch.of(Map.of("frozen.0", frozen.apply(Network.batch()).get("frozen.0"), Batch.LABELS, labels()));
        assertEquals(List.of(3L, 4L), shape(kept.get("frozen.0")), "the pooler's output, not states of tokens");
        assertEquals(model.outputs(Network.batch()), head.trainablePart().outputs(kept));
        assertThrows(
                IllegalArgumentException.class,
                () -> model.trainablePart().outputs(kept),
                "the whole model needs tokens and mask");
    }

    private static INDArray labels() {
        return Network.batch().get(Batch.LABELS);
    }

    private static List<Long> shape(INDArray array) {
        return LongStream.of(array.shape()).boxed().toList();
    }

    @Test
    void whatIsNowFrozenStaysWhenTheModelIsTrainedOn() {
        GraphModel model = network("transformer").model(DataType.FLOAT);
        GraphModel head = model.restrictedTo("head.*");
        INDArray v = direction(head, 8);
        Map<String, INDArray> expected = results(head, Network.batch(), v);
        model.setParameterValues(direction(model, 9));
        assertSameBits(expected, results(head, Network.batch(), v));
    }

    /** What was frozen before and what is frozen now both reach the active part: their names must not collide. */
    @Test
    void partsCanBeFrozenOneAfterTheOther() {
        Network network = Network.of("two frozen sides", g -> {
            Node hidden = Layers.tanh(g.linear(g.x(), "a", Network.H, Network.H));
            Node frozen = g.linear(g.x(), "frozen", Network.H, Network.H);
            return g.head(Layers.add(g.linear(hidden, "b", Network.H, Network.H), frozen));
        });
        GraphModel model = network.model(DataType.DOUBLE);
        Batch once = model.frozenPart().apply(Network.batch());
        GraphModel restricted = model.trainablePart().restrictedTo("b.*", "head.*");
        Batch twice = restricted.frozenPart().apply(once);
        INDArray v = direction(restricted, 6);
        Map<String, INDArray> expected = results(restricted, once, v);
        assertSameBits(expected, results(restricted.trainablePart(), twice, v));
        assertEquals(model.outputs(Network.batch()), expected.get("outputs"));
    }

    /** The objective's weight decay stays where it was. */
    @Test
    void regularizerAppliesToTheSameParameters() {
        Graph.Builder g = Graph.builder(DataType.DOUBLE);
        Node x = g.input("x");
        Node hidden = Layers.linear(x, g.trainable("a.weight", normal(1, 4, 2)), g.trainable("a.bias", normal(2, 2)));
        Node logits =
                Layers.linear(hidden, g.trainable("b.weight", normal(3, 2, 3)), g.trainable("b.bias", normal(4, 3)));
        GraphModel model = GraphModel.builder(g.build(), logits, Loss.softmaxCrossEntropy())
                .features(hidden)
                .regularizer(Regularizer.weightDecay(0.5).excluding("bias"))
                .build()
                .restrictedTo("b.*");
        INDArray v = direction(model, 7);
        INDArray decay = v.mul(0);
        model.regularizer().addHessianProduct(model.parameters(), v, decay);
        assertEquals(model.parameters().view(v, "b.weight"), model.parameters().view(decay, "b.weight"));
        assertEquals(0, TestArrays.largest(model.parameters().view(decay, "b.bias")));
        assertEquals(List.of(3L, 2L), shape(model.features(Network.batch())), "features are those of the model");
    }

    @Test
    void patternsThatFitNothingAreNamed() {
        GraphModel model = network("linear, frozen below").model(DataType.DOUBLE);
        assertRejected(
                () -> model.restrictedTo("head.*", "layers.9.*"),
                "pattern 'layers.9.*' fits no trainable parameter",
                "head.w",
                "head.b");
        assertRejected(() -> model.restrictedTo("frozen.*"), "'frozen.*' fits no trainable parameter");
        assertRejected(model::restrictedTo, "no pattern was given");
    }

    @ParameterizedTest
    @CsvSource({
        "a.b, a.b, true",
        "a.b, axb, false",
        "a.b, a.bc, false",
        "a, a.b, false",
        "*, anything.at-all, true",
        "a.*, a.b.c, true",
        "a.*, a, false",
        "*.b, a.b, true",
        "*.b, a.bc, false",
        "*.5.*, layers.5.w, true",
        "*.5.*, layers.15.w, false",
        "a**b, ab, true",
        "w[1]*(x), w[1]+(x), true",
        "[ab], a, false",
        "a|b, a, false",
        "'a\\Eb*', 'a\\Ebc', true",
    })
    void onlyAsteriskIsSpecial(String pattern, String name, boolean fits) {
        NamePatterns patterns = new NamePatterns(Set.of(pattern.replace("*", "")), pattern);
        assertEquals(fits, patterns.test(name));
    }

    private static Network network(String name) {
        return networks().stream()
                .filter(network -> network.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
