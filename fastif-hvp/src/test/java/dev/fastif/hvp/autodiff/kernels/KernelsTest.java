package dev.fastif.hvp.autodiff.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.TestArrays;
import dev.fastif.core.internal.BlasThreads;
import java.util.List;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Erf;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** The fast kernels give what the reference gives, at sizes that fit no vector register. */
class KernelsTest {
    private static final Kernels REFERENCE = new Nd4jKernels(DataType.FLOAT);

    private final Session session = new Sessions(DataType.FLOAT).open();
    private final Kernels fast = session.kernels();

    @AfterEach
    void end() {
        session.close();
    }

    @Test
    void singlePrecisionOnTheCpuIsFast() {
        assertInstanceOf(CpuKernels.class, fast);
        try (Session ofDoubles = new Sessions(DataType.DOUBLE).open()) {
            assertInstanceOf(Nd4jKernels.class, ofDoubles.kernels());
        }
    }

    private static INDArray random(long seed, long... shape) {
        return TestArrays.normal(seed, shape).castTo(DataType.FLOAT);
    }

    /** Compares what both make of the same arguments; relative to the largest element. */
    private void assertAlike(Function<Kernels, INDArray> computation) {
        INDArray expected = computation.apply(REFERENCE);
        INDArray actual = computation.apply(fast);
        TestArrays.assertClose(expected, actual, 3e-6, 1);
    }

    private static Function<Kernels, INDArray> into(INDArray start, BiConsumer<Kernels, INDArray> adding) {
        return kernels -> {
            INDArray sum = start.dup();
            adding.accept(kernels, sum);
            return sum;
        };
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, 1",
        "1, 7, 5",
        "5, 1, 7",
        "5, 7, 1",
        "13, 17, 11",
        "40, 31, 64",
        "1, 64, 1",
        "40, 100, 400",
        "150, 130, 300",
        "300, 400, 70",
        "2, 900, 600"
    })
    void products(int m, int k, int n) {
        INDArray a = random(1, m, k);
        INDArray b = random(2, k, n);
        INDArray sum = random(3, m, n);
        INDArray at = a.transpose().dup('c');
        INDArray bt = b.transpose().dup('c');
        for (Factor x : List.of(Factor.of(a), Factor.of(at).transpose())) {
            for (Factor y : List.of(Factor.of(b), Factor.of(bt).transpose())) {
                assertAlike(kernels -> kernels.product(x, y));
                assertAlike(into(sum, (kernels, s) -> kernels.setProduct(Factor.of(s), 1, 1, x, y)));
                assertAlike(into(sum, (kernels, s) -> kernels.setProduct(Factor.of(s), 0.5, -3, x, y)));
                assertAlike(into(sum.mul(Float.NaN), (kernels, s) -> kernels.setProduct(Factor.of(s), 0, 2, x, y)));
            }
        }
    }

    /** The same, not cut into parts for several threads. */
    @ParameterizedTest
    @CsvSource({"40, 100, 400", "150, 130, 300", "300, 400, 70", "2, 900, 600"})
    void productsOfOneThread(int m, int k, int n) {
        INDArray a = random(1, m, k);
        INDArray b = random(2, k, n);
        try (BlasThreads workers = BlasThreads.single();
                Session alone = new Sessions(DataType.FLOAT).open()) {
            assertEquals(1, alone.size());
            assertAlike(kernels -> (kernels == fast ? alone.kernels() : kernels).product(Factor.of(a), Factor.of(b)));
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 3", "5, 40", "2, 40"})
    void rowsOfABatchTimesOneMatrix(int n, int t) {
        INDArray a = random(1, n, t, 7);
        INDArray b = random(2, 7, 5);
        INDArray g = random(3, n, t, 5);
        Factor matrix = Factor.of(b);
        assertAlike(kernels -> kernels.product(Factor.of(a), matrix));
        assertAlike(kernels -> kernels.product(Factor.of(g), matrix.transpose()));
        assertAlike(into(g, (kernels, s) -> kernels.setProduct(Factor.of(s), 1, 1, Factor.of(a), matrix)));
        assertAlike(into(a, (kernels, s) -> kernels.setProduct(Factor.of(s), 1, 1, Factor.of(g), matrix.transpose())));
        assertAlike(into(
                b,
                (kernels, s) ->
                        kernels.setProduct(Factor.of(s), 1, 1, Factor.of(a).transpose(), Factor.of(g))));
        assertAlike(kernels -> kernels.stack(List.of(a, a.mul(2))));
        List<INDArray> manyA = List.of(a, a.mul(2));
        List<INDArray> manyG = List.of(g, g.sub(1));
        assertAlike(into(b, (kernels, s) -> kernels.setSumOfProducts(s, 0.5, -3, manyA, manyG)));
        assertAlike(into(b, (kernels, s) -> kernels.setSumOfProducts(s, 0.5, -3, List.of(a), List.of(g))));
        for (int i = 0; i < 3; i++) {
            int each = i;
            List<INDArray> as = List.of(a, a.mul(2), a.sub(1));
            assertAlike(
                    kernels -> kernels.products(as, matrix, null, null, null).get(each));
            assertAlike(kernels -> kernels.products(as, matrix).get(each));
            INDArray row = random(4, 5);
            assertAlike(kernels ->
                    kernels.products(as, matrix, row, null, row.mul(3)).get(each));
            assertAlike(kernels -> kernels.products(List.of(a), matrix, row).get(0));
            assertAlike(kernels -> kernels.products(List.of(g, g.mul(2), g.sub(1)), matrix.transpose())
                    .get(each));
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1, 1", "3, 5, 1, 7", "2, 4, 9, 5"})
    void productsOfManyMatrices(int n, int heads, int rows, int d) {
        INDArray q = random(1, n, heads, rows, d);
        INDArray k = random(2, n, heads, 11, d);
        INDArray weights = random(3, n, heads, rows, 11);
        assertAlike(kernels -> kernels.product(Factor.of(q), Factor.of(k).transpose()));
        assertAlike(kernels -> kernels.product(Factor.of(weights), Factor.of(k)));
        assertAlike(kernels -> kernels.product(Factor.of(weights).transpose(), Factor.of(q)));
        assertAlike(into(q, (kernels, s) -> kernels.setProduct(Factor.of(s), 1, 1, Factor.of(weights), Factor.of(k))));
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1, 1", "1, 3, 5, 4", "4, 2, 7, 3", "2, 12, 384, 32"})
    void productsOfHeads(int n, int heads, int c, int d) {
        INDArray x = random(1, n, (long) heads * d);
        INDArray y = random(2, n, heads, c);
        INDArray w = random(3, c, (long) heads * d);
        Factor columns = Factor.ofHeads(w, heads);
        assertAlike(into(
                y.mul(Float.NaN),
                (kernels, out) -> kernels.setProduct(
                        Factor.ofRowsOfHeads(out), 0, 1, Factor.ofHeads(x, heads), columns.transpose())));
        assertAlike(into(
                x.mul(Float.NaN),
                (kernels, out) ->
                        kernels.setProduct(Factor.ofHeads(out, heads), 0, 1, Factor.ofRowsOfHeads(y), columns)));
        for (double keep : new double[] {0, 0.5}) {
            assertAlike(into(
                    keep == 0 ? w.mul(Float.NaN) : w,
                    (kernels, out) -> kernels.setProduct(
                            Factor.ofHeads(out, heads),
                            keep,
                            -3,
                            Factor.ofRowsOfHeads(y).transpose(),
                            Factor.ofHeads(x, heads))));
        }
    }

    @Test
    void factorsThatDoNotFitAreRefused() {
        for (Kernels kernels : List.of(fast, REFERENCE)) {
            String message = Objects.requireNonNull(assertThrows(
                            IllegalArgumentException.class,
                            () -> kernels.product(Factor.of(random(1, 2, 3)), Factor.of(random(1, 4, 5))))
                    .getMessage());
            assertTrue(message.contains("[2, 3]") && message.contains("[4, 5]"), message);
        }
    }

    @Test
    void tokens() {
        INDArray x = random(1, 3, 5, 7);
        INDArray rows = random(2, 3, 7);
        for (int index : new int[] {0, 4}) {
            assertAlike(kernels -> kernels.token(x, index));
            assertAlike(kernels -> kernels.onlyToken(rows, 5, index));
        }
    }

    @Test
    void masksOfAnyRank() {
        INDArray mask = Nd4j.createFromArray(new float[][] {{1, 1, 0}, {1, 0, 0}});
        assertAlike(into(random(1, 2, 4, 3), (kernels, scores) -> kernels.addMaskTo(scores, mask, 5)));
        assertAlike(into(random(1, 2, 4, 2, 3), (kernels, scores) -> kernels.addMaskTo(scores, mask, 5)));
    }

    /** Parameters are views somewhere in a long vector. */
    @Test
    void viewsAreReadAndWrittenWhereTheyLie() {
        INDArray vector = random(4, 100);
        INDArray view = vector.get(NDArrayIndex.interval(13, 13 + 35)).reshape('c', 5, 7);
        INDArray a = random(5, 3, 5);
        INDArray g = random(6, 3, 7);
        assertAlike(kernels -> kernels.product(Factor.of(a), Factor.of(view)));
        assertAlike(into(
                vector,
                (kernels, v) -> kernels.setProduct(
                        Factor.of(v.get(NDArrayIndex.interval(13, 13 + 35)).reshape('c', 5, 7)),
                        1,
                        1,
                        Factor.of(a).transpose(),
                        Factor.of(g))));
        assertAlike(into(vector, (kernels, v) -> kernels.setSumOfRows(v.get(NDArrayIndex.interval(90, 97)), 1, 1, g)));
        assertAlike(kernels -> kernels.times(view.transpose(), random(7, 7, 5)));
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1, 13", "7, 1", "17, 31", "3, 384", "100, 700"})
    void rowsAndElements(int rows, int columns) {
        INDArray a = random(1, rows, columns);
        INDArray b = random(2, rows, columns);
        INDArray row = random(3, columns);
        assertAlike(into(a, (kernels, s) -> kernels.addRowTo(s, row)));
        assertAlike(into(row, (kernels, s) -> kernels.setSumOfRows(s, 0.5, -3, a)));
        assertAlike(into(row.mul(Float.NaN), (kernels, s) -> kernels.setSumOfRows(s, 0, 2, a)));
        Total total = new Total();
        assertAlike(into(a, (kernels, s) -> kernels.addTo(s, b, total)));
        total.take();
        fast.addTo(a.dup(), b, total);
        double length = a.add(b).castTo(DataType.DOUBLE).norm2Number().doubleValue();
        assertEquals(length, Math.sqrt(total.take()), 1e-5 * length);
        assertEquals(0, total.take());
        assertAlike(kernels -> kernels.timesRow(a, row));
        assertAlike(kernels -> kernels.timesRows(List.of(a), List.of(row), row.mul(2)));
        assertAlike(kernels -> kernels.timesRows(List.of(a, b, a), List.of(row, row.mul(2), row.sub(1)), null));
        assertAlike(kernels -> kernels.sum(a, b));
        assertAlike(kernels -> kernels.times(a, b));
        assertAlike(kernels -> kernels.scaled(a, -3));
        assertAlike(kernels -> kernels.zeros(rows, columns));
        assertAlike(into(a, (kernels, s) -> kernels.addTo(s, b, 1)));
        assertAlike(into(a, (kernels, s) -> kernels.addTo(s, b, -0.3)));
        assertAlike(into(a, (kernels, s) -> kernels.scale(s, -0.3)));
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1, 1, 1", "2, 5, 5, 3, 7", "3, 1, 4, 4, 2", "2, 40, 70, 12, 32"})
    void headsOfSequences(int n, int r, int t, int heads, int d) {
        INDArray a = random(1, n, r, (long) heads * d);
        INDArray b = random(2, n, t, (long) heads * d);
        INDArray weights = random(3, n, heads, r, t);
        Factor ofA = Factor.ofHeads(a, heads);
        Factor ofB = Factor.ofHeads(b, heads);
        for (double keep : new double[] {0, 1}) {
            assertAlike(
                    into(weights, (kernels, s) -> kernels.setProduct(Factor.of(s), keep, 0.3, ofA, ofB.transpose())));
            assertAlike(into(
                    a,
                    (kernels, s) -> kernels.setProduct(Factor.ofHeads(s, heads), keep, 0.3, Factor.of(weights), ofB)));
            assertAlike(into(
                    b,
                    (kernels, s) -> kernels.setProduct(
                            Factor.ofHeads(s, heads),
                            keep,
                            -2,
                            Factor.of(weights).transpose(),
                            ofA)));
        }
    }

    /** The scores of one head are the products of its columns. */
    @Test
    void aHeadHasItsColumns() {
        INDArray a = random(1, 1, 2, 6);
        INDArray b = random(2, 1, 3, 6);
        INDArray scores = fast.array(1, 2, 2, 3);
        Factor transposed = Factor.ofHeads(b, 2).transpose();
        fast.setProduct(Factor.of(scores), 0, 0.5, Factor.ofHeads(a, 2), transposed);
        for (int head = 0; head < 2; head++) {
            for (int i = 0; i < 2; i++) {
                for (int j = 0; j < 3; j++) {
                    double product = 0;
                    for (int column = 3 * head; column < 3 * head + 3; column++) {
                        product += 0.5 * a.getDouble(0, i, column) * b.getDouble(0, j, column);
                    }
                    assertEquals(product, scores.getDouble(0, head, i, j), 1e-6);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1, 1", "2, 5, 3, 7", "3, 1, 4, 2"})
    void masks(int n, int tokens, int heads, int rows) {
        INDArray scores = random(2, n, heads, rows, tokens);
        INDArray mask = random(3, n, tokens).gt(0).castTo(DataType.INT32);
        assertAlike(into(scores, (kernels, s) -> kernels.addMaskTo(s, mask, 7)));
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "3, 2", "7, 30"})
    void classes(int n, int c) {
        INDArray rows = random(1, n, c);
        INDArray classes = Nd4j.createFromArray(
                IntStream.range(0, n).map(i -> (3 * i + 1) % c).toArray());
        assertAlike(kernels -> kernels.lessOneAt(rows, classes));
        for (double wrong : new double[] {-1, c, 0.5, Double.NaN}) {
            INDArray bad = classes.castTo(DataType.DOUBLE).putScalar(n - 1, wrong);
            for (Kernels kernels : List.of(fast, REFERENCE)) {
                String message = Objects.requireNonNull(
                        assertThrows(IllegalArgumentException.class, () -> kernels.lessOneAt(rows, bad))
                                .getMessage());
                assertTrue(message.contains("label of example " + (n - 1)), message);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 2", "7, 13", "5, 384"})
    void normalization(int rows, int columns) {
        assertPoint(kernels -> kernels.normalize(random(1, rows, columns).addi(3), 1e-3), rows, columns);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "7, 13", "5, 40"})
    void softmax(int rows, int columns) {
        assertPoint(kernels -> kernels.softmax(random(1, rows, columns).muli(5)), rows, columns);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "7, 13", "40, 1536"})
    void activations(int rows, int columns) {
        INDArray x = random(1, rows, columns).muli(3);
        INDArray g = random(2, rows, columns);
        List<INDArray> dx = List.of(random(3, rows, columns), random(4, rows, columns));
        List<INDArray> dg = List.of(random(5, rows, columns), random(6, rows, columns));
        for (Activation f : Activation.values()) {
            for (int i = 0; i < 3; i++) {
                int each = i;
                assertAlike(kernels -> kernels.activate(f, x, dx).get(each));
                assertAlike(kernels -> kernels.activateBack(f, x, g, dx, dg).get(each));
            }
            assertAlike(kernels -> kernels.activate(f, x, List.of()).get(0));
            assertAlike(kernels ->
                    kernels.activateBack(f, x, g, List.of(), List.of()).get(0));
        }
    }

    private void assertPoint(Function<Kernels, SymmetricPoint> point, int rows, int columns) {
        INDArray u = random(2, rows, columns);
        INDArray dx = random(3, rows, columns);
        INDArray du = random(4, rows, columns);
        assertAlike(kernels -> point.apply(kernels).value());
        assertAlike(kernels -> point.apply(kernels).product(u));
        assertAlike(kernels -> {
            SymmetricPoint p = point.apply(kernels);
            return p.productTangent(dx, p.product(dx), u, du);
        });
    }

    @Test
    void exponentialsAreExactToSinglePrecision() {
        float[] t = new float[20_000];
        for (int i = 0; i < t.length; i++) {
            t[i] = 0.00137f * i;
        }
        t[t.length - 1] = 1e4f;
        t[t.length - 2] = Float.POSITIVE_INFINITY;
        float[] actual = new float[t.length];
        Exponential.falling(t, 1, actual, t.length);
        assertEquals(1, actual[0]);
        for (int i = 0; i < t.length; i++) {
            assertEquals(Math.exp(-2.0 * t[i]), actual[i], 4e-7, "at " + t[i]);
        }
    }

    @Test
    void theNormalDistributionIsExactToSinglePrecision() {
        float[] x = new float[14_000];
        for (int i = 0; i < x.length; i++) {
            x[i] = -9.5f + 0.00137f * i;
        }
        x[0] = Float.NaN;
        float[] room = new float[x.length];
        float[] density = new float[x.length];
        float[] tail = new float[x.length];
        Exponential.density(x, room, density, x.length);
        Exponential.tail(x, density, room, tail, x.length);
        assertTrue(Float.isNaN(density[0]) && Float.isNaN(tail[0]));
        for (int i = 1; i < x.length; i++) {
            assertEquals(Math.exp(-x[i] * x[i] / 2.0) / Math.sqrt(2 * Math.PI), density[i], 4e-7, "at " + x[i]);
            assertEquals(cumulative(-Math.abs(x[i])), tail[i], 4e-7, "at " + x[i]);
        }
    }

    /** Near zero, and where squares overflow. */
    @Test
    void geluOfNumbersOfAnySize() {
        float[] sizes = {0, -0f, 1e-30f, 1e-20f, -1e-10f, 1e-5f, 20, -20, 1e10f, -1e10f, 0x1p60f, -0x1p60f};
        INDArray x = Nd4j.createFromArray(sizes);
        INDArray one = Nd4j.ones(DataType.FLOAT, sizes.length);
        List<INDArray> y = fast.activate(Activation.GELU, x, List.of(one));
        INDArray second = fast.activateBack(Activation.GELU, x, one, List.of(one), List.of(one.mul(0)))
                .get(1);
        for (int i = 0; i < sizes.length; i++) {
            double at = sizes[i];
            boolean far = Math.abs(at) > 10;
            double expected = far ? Math.max(at, 0) : at / 2 + at * at / Math.sqrt(2 * Math.PI);
            assertEquals(expected, y.get(0).getDouble(i), 1e-6 * Math.abs(expected) + 1e-28, "at " + at);
            assertEquals(far ? (at > 0 ? 1 : 0) : 0.5, y.get(1).getDouble(i), 1e-5, "at " + at);
            assertEquals(far ? 0 : 2 / Math.sqrt(2 * Math.PI), second.getDouble(i), 1e-6, "at " + at);
        }
    }

    /** By the erf of ND4J, in double precision. */
    private static double cumulative(double x) {
        INDArray at = Nd4j.scalar(DataType.DOUBLE, x * Math.sqrt(0.5));
        return 0.5 * (1 + Nd4j.getExecutioner().exec(new Erf(at, at)).getDouble(0));
    }

    /** As of steps that are all masked, of which ND4J's own softmax makes NaN in double precision. */
    @Test
    void softmaxOfNumbersFarBelowZeroIsShared() {
        INDArray y = new Nd4jKernels(DataType.DOUBLE)
                .softmax(Nd4j.zeros(DataType.DOUBLE, 3, 4).subi(1e9))
                .value();
        assertEquals(Nd4j.zeros(DataType.DOUBLE, 3, 4).addi(0.25), y);
    }
}
