package dev.fastif.hvp.autodiff;

import static dev.fastif.core.TestArrays.assertClose;
import static dev.fastif.core.TestArrays.normal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import dev.fastif.core.CurvatureMatrix;
import dev.fastif.core.Iteration;
import dev.fastif.core.Loss;
import dev.fastif.core.Measurement;
import dev.fastif.core.Recurrence;
import dev.fastif.core.TestArrays;
import dev.fastif.core.TrainingSet;
import dev.fastif.hvp.ByExample;
import dev.fastif.hvp.autodiff.operations.Layers;
import dev.fastif.hvp.autodiff.operations.Pointwise;
import dev.fastif.hvp.autodiff.operations.Tensors;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.memory.conf.WorkspaceConfiguration;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Derivatives of every operation, alone and composed, frozen and trained, against central differences in double. */
class GraphModelContractTest {
    private static final double STEP = 1e-5;

    static List<Network> networks() {
        return Stream.concat(Networks.all().stream(), TensorNetworks.all().stream())
                .toList();
    }

    @Test
    void everyOperationOfTheBuilderHasItsNetwork() {
        Set<String> operations = new TreeSet<>(makersOf(Layers.class, Node.class, ""));
        operations.add("input(String)");
        operations.addAll(makersOf(Tensors.class, Node.class, "Tensors."));
        operations.addAll(makersOf(Pointwise.class, Pointwise.class, "Pointwise."));
        Set<String> covered = networks().stream()
                .flatMap(network -> network.covers().stream())
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(operations, covered, "give each operation a network in Networks");
    }

    private static List<String> makersOf(Class<?> type, Class<?> made, String prefix) {
        return Arrays.stream(type.getMethods())
                .filter(method -> method.getReturnType() == made)
                .map(method -> prefix + signature(method))
                .toList();
    }

    private static String signature(Method method) {
        return Arrays.stream(method.getParameterTypes())
                .map(Class::getSimpleName)
                .collect(Collectors.joining(",", method.getName() + "(", ")"));
    }

    @ParameterizedTest
    @MethodSource("networks")
    void gradientsAreSlopesOfMeans(Network network) {
        GraphModel model = network.model(DataType.DOUBLE);
        Batch batch = Network.batch();
        INDArray direction = direction(model, 11);
        assertSlope(centralDifference(model, direction, at -> at.losses(batch)), model.gradient(batch), direction);
        assertSlope(
                centralDifference(
                        model, direction, at -> at.outputs(batch).getColumn(0).dup()),
                model.gradient(batch, Measurement.logit(0)),
                direction);
    }

    private static void assertSlope(INDArray slopes, INDArray gradient, INDArray direction) {
        double largest = TestArrays.largest(slopes);
        assertEquals(
                slopes.meanNumber().doubleValue(),
                gradient.mul(direction).sumNumber().doubleValue(),
                1e-7 * largest);
    }

    @Test
    void everyPartialDerivativeOfATransformerIsInItsPlace() {
        GraphModel model = networks().stream()
                .filter(network -> network.name().equals("transformer"))
                .findFirst()
                .orElseThrow()
                .model(DataType.DOUBLE);
        Batch batch = Network.batch();
        assertClose(slopes(model, at -> at.losses(batch).meanNumber().doubleValue()), model.gradient(batch), 1e-7);
    }

    /** Central differences of a number along every parameter. */
    private static INDArray slopes(GraphModel model, Function<GraphModel, Double> value) {
        INDArray theta = model.parameterValues();
        INDArray slopes = theta.ulike();
        for (long i = 0; i < theta.length(); i++) {
            double centre = theta.getDouble(i);
            model.setParameterValues(theta.putScalar(i, centre + STEP));
            double up = value.apply(model);
            model.setParameterValues(theta.putScalar(i, centre - STEP));
            double down = value.apply(model);
            model.setParameterValues(theta.putScalar(i, centre));
            slopes.putScalar(i, (up - down) / (2 * STEP));
        }
        return slopes;
    }

    @ParameterizedTest
    @MethodSource("networks")
    void directionalDerivativesAreTheSlopesOfTheLosses(Network network) {
        GraphModel model = network.model(DataType.DOUBLE);
        Batch batch = Network.batch();
        INDArray direction = direction(model, 1);
        assertClose(
                centralDifference(model, direction, at -> at.losses(batch)),
                model.directionalDerivatives(batch, direction),
                1e-7);
    }

    @ParameterizedTest
    @MethodSource("networks")
    void directionalDerivativesAreProductsWithTheGradientsOfSingleExamples(Network network) {
        GraphModel model = network.model(DataType.DOUBLE);
        INDArray direction = direction(model, 2);
        INDArray expected = Nd4j.create(DataType.DOUBLE, 3);
        for (int i = 0; i < 3; i++) {
            INDArray gradient = model.gradient(example(i));
            expected.putScalar(i, gradient.mul(direction).sumNumber().doubleValue());
        }
        assertClose(expected, model.directionalDerivatives(Network.batch(), direction), 1e-12);
    }

    @ParameterizedTest
    @MethodSource("networks")
    void hessianVectorProductIsTheSlopeOfTheGradient(Network network) {
        GraphModel model = network.model(DataType.DOUBLE);
        for (Batch batch : List.of(Network.batch(), example(1))) {
            INDArray v = direction(model, 3);
            assertClose(
                    centralDifference(model, v, at -> at.gradient(batch)), model.hessianVectorProduct(batch, v), 1e-6);
        }
    }

    /** J by central differences of the outputs, H_out of each example by one of the loss's gradient. */
    @ParameterizedTest
    @MethodSource("networks")
    void gaussNewtonProductIsThatOfTheJacobianOfTheOutputs(Network network) {
        GraphModel model = network.model(DataType.DOUBLE);
        Batch batch = Network.batch();
        INDArray v = direction(model, 13);
        INDArray jacobian = jacobian(model, batch); // [p, n c]
        INDArray outputs = model.outputs(batch);
        INDArray change = v.reshape(1, v.length()).mmul(jacobian).reshape(outputs.shape());
        INDArray labels = batch.get(Batch.LABELS);
        INDArray up = model.loss().gradient(outputs.add(change.mul(STEP)), labels);
        INDArray down = model.loss().gradient(outputs.sub(change.mul(STEP)), labels);
        INDArray curved = up.sub(down).divi(2 * STEP * batch.size()).reshape(outputs.length(), 1);
        assertClose(
                jacobian.mmul(curved).reshape(v.length()),
                model.gaussNewtonProducts(batch, List.of(v)).get(0),
                1e-7);
    }

    /** The derivatives of all outputs, one row for each parameter. */
    private static INDArray jacobian(GraphModel model, Batch batch) {
        int p = (int) model.parameters().size();
        return Nd4j.vstack(IntStream.range(0, p)
                .mapToObj(i -> centralDifference(
                        model, Nd4j.create(DataType.DOUBLE, p).putScalar(i, 1), at -> at.outputs(batch)
                                .reshape(-1)))
                .toArray(INDArray[]::new));
    }

    /** That it has no negative eigenvalue is seen where it is written as a sum of outer products. */
    @ParameterizedTest
    @MethodSource("networks")
    void gaussNewtonMatrixIsSymmetric(Network network) {
        GraphModel model = network.model(DataType.DOUBLE);
        INDArray u = direction(model, 14);
        INDArray v = direction(model, 15);
        List<INDArray> products = model.gaussNewtonProducts(Network.batch(), List.of(u, v));
        double scale =
                products.get(0).norm2Number().doubleValue() * v.norm2Number().doubleValue();
        assertEquals(
                v.mul(products.get(0)).sumNumber().doubleValue(),
                u.mul(products.get(1)).sumNumber().doubleValue(),
                1e-12 * scale + Double.MIN_NORMAL);
    }

    @Test
    void gaussNewtonMatrixOfALinearModelIsItsHessian() {
        for (Loss loss : List.of(Loss.softmaxCrossEntropy(), new HalfSquare())) {
            GraphModel model = new Network("linear model", Set.of(), loss, g -> g.head(g.x())).model(DataType.DOUBLE);
            INDArray v = direction(model, 14);
            INDArray product = model.hessianVectorProduct(Network.batch(), v);
            assertClose(
                    product,
                    model.gaussNewtonProducts(Network.batch(), List.of(v)).get(0),
                    1e-13);
        }
    }

    @ParameterizedTest
    @MethodSource("networks")
    void severalVectorsAtOnceGiveWhatEachGivesAlone(Network network) {
        GraphModel model = network.model(DataType.DOUBLE);
        Batch batch = Network.batch();
        List<INDArray> vectors =
                IntStream.range(20, 23).mapToObj(i -> direction(model, i)).toList();
        List<INDArray> hessian = model.hessianVectorProducts(batch, vectors);
        List<INDArray> gaussNewton = model.gaussNewtonProducts(batch, vectors);
        assertEquals(3, hessian.size());
        assertEquals(3, gaussNewton.size());
        for (int i = 0; i < 3; i++) {
            INDArray v = vectors.get(i);
            assertClose(model.hessianVectorProduct(batch, v), hessian.get(i), 1e-13);
            assertClose(model.gaussNewtonProducts(batch, List.of(v)).get(0), gaussNewton.get(i), 1e-13);
        }
    }

    /** Batches of a shape that was there before, of others, and of examples in another order. */
    @ParameterizedTest
    @MethodSource("networks")
    void updatesInPlaceAreWhatProductsAddUpTo(Network network) {
        TrainingSet examples = TrainingSet.of(Network.batch());
        List<Batch> batches = Stream.of(new int[] {0, 1, 2}, new int[] {1}, new int[] {2}, new int[] {2, 0, 1})
                .map(examples::batch)
                .toList();
        for (DataType type : List.of(DataType.DOUBLE, DataType.FLOAT)) {
            GraphModel model = network.model(type);
            for (CurvatureMatrix matrix : CurvatureMatrix.values()) {
                List<INDArray> updated = directions(model, 30);
                List<INDArray> added = directions(model, 40);
                try (Iteration<Batch> iteration = model.iteration(matrix, new Recurrence(updated, 0.9, -0.07, added))) {
                    for (Batch batch : batches) {
                        List<INDArray> expected = updated(model, matrix, batch, updated, added);
                        double[] squares = iteration.step(batch);
                        double tolerance = type == DataType.DOUBLE ? 1e-13 : 1e-5;
                        for (int i = 0; i < updated.size(); i++) {
                            INDArray x = expected.get(i);
                            assertClose(x, updated.get(i), tolerance);
                            double square = x.mul(x).sumNumber().doubleValue();
                            assertEquals(square, squares[i], tolerance * square);
                        }
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("networks")
    void gradientsOfExamplesAreThoseOfSingleExamples(Network network) {
        ByExample.gradientsAreThoseOfSingleExamples(network.model(DataType.DOUBLE), Network.batch(), 1e-12);
        ByExample.gradientsAreThoseOfSingleExamples(network.model(DataType.FLOAT), Network.batch(), 1e-5);
    }

    @ParameterizedTest
    @MethodSource("networks")
    void gaussNewtonMatrixIsTheSumOfOuterProducts(Network network) {
        ByExample.curvatureIsTheSumOfOuterProducts(network.model(DataType.DOUBLE), Network.batch(), 1e-10);
        ByExample.curvatureIsTheSumOfOuterProducts(network.model(DataType.FLOAT), Network.batch(), 1e-4);
    }

    private static List<INDArray> directions(GraphModel model, int seed) {
        return IntStream.range(seed, seed + 2)
                .mapToObj(i -> direction(model, i))
                .toList();
    }

    /** {@code 0.9 x - 0.07 A x + added}. */
    private static List<INDArray> updated(
            GraphModel model, CurvatureMatrix matrix, Batch batch, List<INDArray> vectors, List<INDArray> added) {
        List<INDArray> products = matrix == CurvatureMatrix.HESSIAN
                ? model.hessianVectorProducts(batch, vectors)
                : model.gaussNewtonProducts(batch, vectors);
        List<INDArray> updated = new ArrayList<>();
        for (int i = 0; i < vectors.size(); i++) {
            INDArray x = vectors.get(i);
            model.regularizer().addHessianProduct(model.parameters(), x, products.get(i));
            updated.add(x.mul(0.9).subi(products.get(i).mul(0.07)).addi(added.get(i)));
        }
        return updated;
    }

    private static INDArray centralDifference(
            GraphModel model, INDArray direction, Function<GraphModel, INDArray> array) {
        INDArray theta = model.parameterValues();
        model.setParameterValues(theta.add(direction.mul(STEP)));
        INDArray up = array.apply(model);
        model.setParameterValues(theta.sub(direction.mul(STEP)));
        INDArray down = array.apply(model);
        model.setParameterValues(theta);
        return up.sub(down).divi(2 * STEP);
    }

    @ParameterizedTest
    @MethodSource("networks")
    void hessianIsSymmetricAndLinear(Network network) {
        GraphModel model = network.model(DataType.DOUBLE);
        Batch batch = Network.batch();
        INDArray u = direction(model, 4);
        INDArray v = direction(model, 5);
        INDArray hu = model.hessianVectorProduct(batch, u);
        INDArray hv = model.hessianVectorProduct(batch, v);
        double scale = hu.norm2Number().doubleValue() * v.norm2Number().doubleValue();
        assertEquals(u.mul(hv).sumNumber().doubleValue(), v.mul(hu).sumNumber().doubleValue(), 1e-12 * scale);
        assertClose(
                hu.mul(3).subi(hv.mul(0.5)),
                model.hessianVectorProduct(batch, u.mul(3).subi(v.mul(0.5))),
                1e-11);
    }

    @ParameterizedTest
    @MethodSource("networks")
    void aBatchIsTheMeanOfItsExamples(Network network) {
        GraphModel model = network.model(DataType.DOUBLE);
        INDArray v = direction(model, 6);
        INDArray gradient = v.mul(0);
        INDArray product = v.mul(0);
        INDArray gaussNewton = v.mul(0);
        for (int i = 0; i < 3; i++) {
            gaussNewton.addi(
                    model.gaussNewtonProducts(example(i), List.of(v)).get(0).divi(3));
            gradient.addi(model.gradient(example(i)).divi(3));
            product.addi(model.hessianVectorProduct(example(i), v).divi(3));
            INDArray row = model.outputs(Network.batch()).slice(i);
            assertClose(row, model.outputs(example(i)).slice(0), 1e-12);
        }
        assertClose(gradient, model.gradient(Network.batch()), 1e-12);
        assertClose(product, model.hessianVectorProduct(Network.batch(), v), 1e-12);
        assertClose(
                gaussNewton,
                model.gaussNewtonProducts(Network.batch(), List.of(v)).get(0),
                1e-12);
    }

    @ParameterizedTest
    @MethodSource("networks")
    void floatIsCloseToDouble(Network network) {
        GraphModel exact = network.model(DataType.DOUBLE);
        GraphModel model = network.model(DataType.FLOAT);
        INDArray v = direction(exact, 7);
        INDArray rounded = v.castTo(DataType.FLOAT);
        Batch batch = Network.batch();
        assertClose(exact.losses(batch), model.losses(batch), 2e-4);
        assertClose(exact.gradient(batch), model.gradient(batch), 2e-4);
        assertClose(exact.hessianVectorProduct(batch, v), model.hessianVectorProduct(batch, rounded), 2e-4);
        assertClose(
                exact.gaussNewtonProducts(batch, List.of(v)).get(0),
                model.gaussNewtonProducts(batch, List.of(rounded)).get(0),
                2e-4);
        assertClose(exact.directionalDerivatives(batch, v), model.directionalDerivatives(batch, rounded), 2e-4);
        for (INDArray result : results(model, batch, rounded).values()) {
            assertEquals(DataType.FLOAT, result.dataType());
        }
    }

    @ParameterizedTest
    @MethodSource("networks")
    void nothingThatIsPassedInIsModified(Network network) {
        for (DataType type : List.of(DataType.DOUBLE, DataType.FLOAT)) {
            GraphModel model = network.model(type);
            Batch batch = Network.batch();
            Batch batchBefore = Network.batch();
            INDArray v = direction(model, 8);
            INDArray vBefore = v.dup();
            INDArray theta = model.parameterValues();
            Map<String, INDArray> first = results(model, batch, v);
            for (String name : batch.names()) {
                assertEquals(batchBefore.get(name), batch.get(name), name);
            }
            assertEquals(vBefore, v);
            assertEquals(theta, model.parameterValues());
            first.values().forEach(result -> result.assign(Double.NaN));
            results(model, batch, v)
                    .forEach((name, result) ->
                            assertFalse(Double.isNaN(result.sumNumber().doubleValue()), name + " is fresh each time"));
        }
    }

    @ParameterizedTest
    @MethodSource("networks")
    void resultsOutliveLaterPasses(Network network) {
        for (DataType type : List.of(DataType.DOUBLE, DataType.FLOAT)) {
            GraphModel model = network.model(type);
            Map<String, INDArray> first = results(model, Network.batch(), direction(model, 8));
            Map<String, INDArray> copies = new HashMap<>();
            first.forEach((name, result) -> copies.put(name, result.dup()));
            results(model, Network.batch(), direction(model, 9));
            first.forEach((name, result) -> assertEquals(copies.get(name), result, name));
        }
    }

    @ParameterizedTest
    @MethodSource("networks")
    void anOpenWorkspaceOfTheCallerDoesNotMatter(Network network) {
        for (DataType type : List.of(DataType.DOUBLE, DataType.FLOAT)) {
            GraphModel model = network.model(type);
            Map<String, INDArray> expected = results(model, Network.batch(), direction(model, 9));
            Map<String, INDArray> inside = new HashMap<>();
            WorkspaceConfiguration configuration =
                    WorkspaceConfiguration.builder().initialSize(1 << 20).build();
            for (int i = 0; i < 2; i++) {
                try (MemoryWorkspace workspace =
                        Nd4j.getWorkspaceManager().getAndActivateWorkspace(configuration, "a user's own")) {
                    Batch attached = Network.batch();
                    assertTrue(attached.get("x").isAttached());
                    inside.putAll(results(model, attached, direction(model, 9)));
                    assertTrue(Nd4j.create(DataType.DOUBLE, 3).isAttached(), "the caller's workspace is open again");
                }
            }
            inside.forEach((name, result) -> {
                assertFalse(result.isAttached(), name);
                assertEquals(expected.get(name), result, name);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("networks")
    void theTrainablePartComputesTheSameFromKeptActivations(Network network) {
        GraphModel model = network.model(DataType.DOUBLE);
        Batch batch = Network.batch();
        INDArray v = direction(model, 12);
        Map<String, INDArray> expected = results(model, batch, v);
        GraphModel rest = model.trainablePart();
        results(rest, model.frozenPart().apply(batch), v)
                .forEach((name, result) -> assertEquals(expected.get(name), result, name));
    }

    @Test
    void manyThreadsGetTheSameBits() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try {
            for (Network network : networks()) {
                GraphModel model = network.model(DataType.FLOAT);
                INDArray v = direction(model, 10);
                Batch batch = Network.batch();
                Map<String, INDArray> expected = results(model, batch, v);
                Callable<Map<String, INDArray>> work = () -> results(model, batch, v);
                for (Future<Map<String, INDArray>> answer : threads.invokeAll(
                        IntStream.range(0, 3).mapToObj(i -> work).toList())) {
                    assertSameBits(expected, answer.get());
                }
            }
        } finally {
            threads.shutdownNow();
        }
    }

    static void assertSameBits(Map<String, INDArray> expected, Map<String, INDArray> actual) {
        actual.forEach((name, result) ->
                assertEquals(bits(Objects.requireNonNull(expected.get(name), name)), bits(result), name));
    }

    private static List<Double> bits(INDArray array) {
        return Arrays.stream(Nd4j.toFlattened('c', array).toDoubleVector())
                .boxed()
                .toList();
    }

    /** Everything that a model computes from a batch and a vector. */
    static Map<String, INDArray> results(GraphModel model, Batch batch, INDArray v) {
        return Map.of(
                "parameters", model.parameterValues(),
                "outputs", model.outputs(batch),
                "features", model.features(batch),
                "losses", model.losses(batch),
                "gradient", model.gradient(batch),
                "product", model.hessianVectorProduct(batch, v),
                "gauss-newton", model.gaussNewtonProducts(batch, List.of(v)).get(0),
                "derivatives", model.directionalDerivatives(batch, v));
    }

    private static Batch example(int i) {
        return TrainingSet.of(Network.batch()).batch(i);
    }

    static INDArray direction(GraphModel model, long seed) {
        return normal(seed, model.parameters().size()).castTo(model.parameters().dataType());
    }
}
