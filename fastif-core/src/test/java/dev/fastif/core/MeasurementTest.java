package dev.fastif.core;

import static dev.fastif.core.Failures.assertRejected;
import static dev.fastif.core.TestArrays.assertClose;
import static dev.fastif.core.TestArrays.normal;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.fastif.core.internal.Check;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** The contract of measurements and losses, over all of them. */
class MeasurementTest {
    private static final double STEP = 1e-5;
    private static final double TOLERANCE = 1e-8;

    record Case(
            String name,
            Measurement measurement,
            INDArray outputs,
            @Nullable INDArray labels) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Case> cases() {
        INDArray three = normal(1, 5, 3).muli(2);
        INDArray two = normal(2, 4, 2).muli(2);
        INDArray one = normal(3, 4, 1).muli(2);
        INDArray distributions = Transforms.exp(normal(4, 5, 3), false);
        distributions.diviColumnVector(distributions.sum(true, 1));
        INDArray chances = Transforms.sigmoid(normal(5, 5, 3), false);
        return List.of(
                new Case("softmax, indices", Loss.softmaxCrossEntropy(), three, Nd4j.createFromArray(0, 2, 1, 1, 0)),
                new Case(
                        "softmax, column of indices",
                        Loss.softmaxCrossEntropy(),
                        two,
                        Nd4j.createFromArray(new double[][] {{0}, {1}, {1}, {0}})),
                new Case("softmax, distributions", Loss.softmaxCrossEntropy(), three, distributions),
                new Case("softmax, weights of classes", Loss.softmaxCrossEntropy(), three, chances),
                new Case("softmax, one class", Loss.softmaxCrossEntropy(), one, Nd4j.createFromArray(0, 0, 0, 0)),
                new Case("binary", Loss.binaryCrossEntropy(), three, chances),
                new Case("binary, vector", Loss.binaryCrossEntropy(), one, Nd4j.createFromArray(1.0, 0.0, 0.3, 1.0)),
                new Case("squared", Loss.squaredError(), three, normal(6, 5, 3)),
                new Case("squared, vector", Loss.squaredError(), one, Nd4j.createFromArray(1.5f, 0f, -2f, 1f)),
                new Case("logit", Measurement.logit(1), three, null),
                new Case("margin", Measurement.margin(2), three, null),
                new Case("margin, two classes", Measurement.margin(0), two, null));
    }

    static Stream<Case> losses() {
        return cases().stream().filter(each -> each.measurement() instanceof Loss);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void gradientIsTheSlopeOfTheValues(Case c) {
        INDArray expected = Nd4j.create(DataType.DOUBLE, c.outputs().shape());
        for (int j = 0; j < c.outputs().columns(); j++) {
            INDArray step = c.outputs().ulike().assign(0);
            step.getColumn(j).assign(STEP);
            INDArray up = c.measurement().values(c.outputs().add(step), c.labels());
            INDArray down = c.measurement().values(c.outputs().sub(step), c.labels());
            assertArrayEquals(new long[] {c.outputs().size(0)}, up.shape());
            expected.getColumn(j).assign(up.sub(down).divi(2 * STEP));
        }
        INDArray gradient = c.measurement().gradient(c.outputs(), c.labels());
        assertClose(expected.addi(1), gradient.add(1), TOLERANCE);
    }

    @ParameterizedTest
    @MethodSource("losses")
    void hessianVectorProductIsTheSlopeOfTheGradient(Case c) {
        Loss loss = (Loss) c.measurement();
        INDArray tangent = normal(7, c.outputs().shape());
        INDArray step = tangent.mul(STEP);
        INDArray expected = loss.gradient(c.outputs().add(step), c.labels())
                .sub(loss.gradient(c.outputs().sub(step), c.labels()))
                .divi(2 * STEP);
        assertClose(
                expected.addi(1),
                loss.hessianVectorProduct(c.outputs(), c.labels(), tangent).add(1),
                TOLERANCE);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void argumentsAreNotModified(Case c) {
        INDArray outputs = c.outputs().dup();
        INDArray labels = c.labels() == null ? null : c.labels().dup();
        INDArray tangent = normal(8, outputs.shape());
        INDArray tangentBefore = tangent.dup();
        c.measurement().values(outputs, labels);
        c.measurement().gradient(outputs, labels);
        if (c.measurement() instanceof Loss loss) {
            loss.hessianVectorProduct(outputs, labels, tangent);
        }
        assertEquals(c.outputs(), outputs);
        assertEquals(c.labels(), labels);
        assertEquals(tangentBefore, tangent);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void resultsHaveTheTypeOfTheOutputs(Case c) {
        INDArray outputs = c.outputs().castTo(DataType.FLOAT);
        INDArray values = c.measurement().values(outputs, c.labels());
        INDArray gradient = c.measurement().gradient(outputs, c.labels());
        assertEquals(DataType.FLOAT, values.dataType());
        assertEquals(DataType.FLOAT, gradient.dataType());
        assertClose(c.measurement().values(c.outputs(), c.labels()), values, 1e-5);
        assertClose(c.measurement().gradient(c.outputs(), c.labels()), gradient, 1e-5);
        if (c.measurement() instanceof Loss loss) {
            assertEquals(
                    DataType.FLOAT,
                    loss.hessianVectorProduct(outputs, c.labels(), outputs).dataType());
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void oneExampleIsARowOfTheBatch(Case c) {
        INDArray values = c.measurement().values(c.outputs(), c.labels());
        INDArray gradient = c.measurement().gradient(c.outputs(), c.labels());
        for (int i = 0; i < c.outputs().rows(); i++) {
            INDArray row = rows(c.outputs(), i);
            INDArray label = c.labels() == null ? null : rows(c.labels(), i);
            assertEquals(values.getDouble(i), c.measurement().values(row, label).getDouble(0), 1e-14);
            assertClose(rows(gradient, i), c.measurement().gradient(row, label), 1e-12);
        }
    }

    private static INDArray rows(INDArray array, int row) {
        long[] shape = array.shape().clone();
        shape[0] = 1;
        return array.slice(row).dup().reshape(shape);
    }

    @ParameterizedTest
    @ValueSource(strings = {"FLOAT", "DOUBLE"})
    void extremeLogitsStayFinite(DataType type) {
        INDArray extreme = Nd4j.createFromArray(
                        new double[][] {{1e4, -1e4, 0}, {-1e4, -1e4, -1e4}, {1e4, 1e4, 1e4}, {-800, 0, 800}, {0, 0, 0}})
                .castTo(type);
        INDArray classes = Nd4j.createFromArray(1, 0, 2, 0, 1);
        INDArray ones = Nd4j.ones(type, 5, 3);
        INDArray tangent = normal(9, 5, 3).castTo(type);
        assertAllFinite(Loss.softmaxCrossEntropy(), extreme, classes, tangent);
        assertAllFinite(Loss.binaryCrossEntropy(), extreme, ones, tangent);
        assertAllFinite(Loss.squaredError(), extreme, ones, tangent);
        for (int c = 0; c < 3; c++) {
            assertEquals(0, Check.countNotFinite(Measurement.margin(c).values(extreme, null)));
            assertEquals(0, Check.countNotFinite(Measurement.margin(c).gradient(extreme, null)));
        }
    }

    private static void assertAllFinite(Loss loss, INDArray outputs, INDArray labels, INDArray tangent) {
        assertEquals(0, Check.countNotFinite(loss.values(outputs, labels)));
        assertEquals(0, Check.countNotFinite(loss.gradient(outputs, labels)));
        assertEquals(0, Check.countNotFinite(loss.hessianVectorProduct(outputs, labels, tangent)));
    }

    @Test
    void knownValues() {
        INDArray logits = Nd4j.createFromArray(new double[][] {{1e4, -1e4}, {0, 0}});
        INDArray wrong = Nd4j.createFromArray(1, 1);
        INDArray softmax = Loss.softmaxCrossEntropy().values(logits, wrong);
        assertEquals(2e4, softmax.getDouble(0), 1e-9);
        assertEquals(Math.log(2), softmax.getDouble(1), 1e-15);
        INDArray binary = Loss.binaryCrossEntropy().values(logits, Nd4j.ones(DataType.DOUBLE, 2, 2));
        assertEquals(1e4, binary.getDouble(0), 1e-9);
        assertEquals(2 * Math.log(2), binary.getDouble(1), 1e-15);
        INDArray margin = Measurement.margin(0).values(Nd4j.createFromArray(new double[][] {{3, 1, 1}}), null);
        assertEquals(2 - Math.log(2), margin.getDouble(0), 1e-15);
        INDArray squared = Loss.squaredError().values(Nd4j.createFromArray(new double[][] {{3, 1}}), Nd4j.zeros(1, 2));
        assertEquals(10, squared.getDouble(0), 1e-15);
    }

    @Test
    void labelsThatDoNotFitAreNamed() {
        INDArray outputs = normal(10, 3, 4);
        Loss softmax = Loss.softmaxCrossEntropy();
        assertRejected(() -> softmax.values(outputs, null), "no labels", "logit or margin");
        assertRejected(() -> softmax.values(outputs, Nd4j.createFromArray(0, 1)), "[2]", "class indices [3]", "[3, 4]");
        assertRejected(() -> softmax.values(outputs, Nd4j.zeros(3, 5)), "[3, 5]", "[3, 4]");
        assertRejected(() -> softmax.gradient(outputs, Nd4j.createFromArray(0, 4, 1)), "example 1", "4", "0 to 3");
        assertRejected(() -> softmax.gradient(outputs, Nd4j.createFromArray(0, 1, -1)), "example 2", "-1", "0 to 3");
        assertRejected(() -> softmax.values(outputs, Nd4j.createFromArray(0.5, 1, 1)), "example 0", "0.5", "whole");
        assertRejected(
                () -> softmax.values(outputs, Nd4j.createFromArray(0, Double.NaN, 1)), "example 1", "NaN", "0 to 3");
        for (Loss loss : List.of(Loss.binaryCrossEntropy(), Loss.squaredError())) {
            assertRejected(() -> loss.values(outputs, null), "no labels");
            assertRejected(() -> loss.values(outputs, Nd4j.zeros(3, 2)), "[3, 2]", "[3, 4]");
            assertRejected(() -> loss.gradient(outputs, Nd4j.zeros(3)), "[3]", "[3, 4]");
        }
    }

    @Test
    void classesThatTheModelLacksAreNamed() {
        INDArray outputs = normal(11, 3, 2);
        assertRejected(() -> Measurement.logit(-1), "index is -1", "0");
        assertRejected(() -> Measurement.margin(-3), "index is -3", "0");
        assertRejected(() -> Measurement.logit(2).values(outputs, null), "index is 2", "0 to 1");
        assertRejected(() -> Measurement.margin(2).gradient(outputs, null), "index is 2", "0 to 1");
        assertRejected(() -> Measurement.margin(0).values(normal(12, 3, 1), null), "two outputs", "1");
    }

    @Test
    void measurementsNeedNoLabels() {
        INDArray outputs = normal(13, 3, 2);
        assertFalse(Measurement.logit(0).values(outputs, null).isView());
        assertEquals(
                outputs.getDouble(2, 1),
                Measurement.logit(1).values(outputs, null).getDouble(2));
    }
}
