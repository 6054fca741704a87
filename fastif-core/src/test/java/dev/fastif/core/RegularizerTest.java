package dev.fastif.core;

import static dev.fastif.core.Failures.assertRejected;
import static dev.fastif.core.TestArrays.assertClose;
import static dev.fastif.core.TestArrays.normal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class RegularizerTest {
    private static final ParameterLayout LAYOUT = layout();

    private static ParameterLayout layout() {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        shapes.put("dense.weight", new long[] {2, 3});
        shapes.put("dense.bias", new long[] {3});
        shapes.put("norm.gain", new long[] {3});
        return ParameterLayout.of(shapes, DataType.DOUBLE);
    }

    @Test
    void valueIsTheSquaredNormOfWhatIsNotExcluded() {
        INDArray theta = normal(1, LAYOUT.size());
        INDArray weight = theta.get(NDArrayIndex.interval(0, 6));
        assertEquals(
                0.3 * theta.mul(theta).sumNumber().doubleValue(),
                Regularizer.weightDecay(0.3).value(LAYOUT, theta),
                1e-14);
        assertEquals(
                0.3 * weight.mul(weight).sumNumber().doubleValue(),
                Regularizer.weightDecay(0.3).excluding("bias", "norm").value(LAYOUT, theta),
                1e-14);
        assertEquals(0, Regularizer.none().value(LAYOUT, theta));
    }

    @Test
    void gradientIsTheSlopeOfTheValueAndIsAdded() {
        Regularizer regularizer = Regularizer.weightDecay(0.7).excluding("bias");
        INDArray theta = normal(2, LAYOUT.size());
        INDArray before = theta.dup();
        INDArray start = normal(3, LAYOUT.size());
        INDArray expected = start.dup();
        double step = 1e-4;
        for (long i = 0; i < theta.length(); i++) {
            INDArray up = theta.dup().putScalar(i, theta.getDouble(i) + step);
            INDArray down = theta.dup().putScalar(i, theta.getDouble(i) - step);
            double slope = (regularizer.value(LAYOUT, up) - regularizer.value(LAYOUT, down)) / (2 * step);
            expected.putScalar(i, expected.getDouble(i) + slope);
        }
        INDArray out = start.dup();
        regularizer.addGradient(LAYOUT, theta, out);
        assertClose(expected, out, 1e-9);
        assertEquals(before, theta);
    }

    @Test
    void hessianIsTwiceTheCoefficientOnTheDiagonal() {
        INDArray product = Nd4j.create(DataType.DOUBLE, LAYOUT.size());
        Regularizer.weightDecay(0.25)
                .excluding("norm")
                .addHessianProduct(LAYOUT, Nd4j.ones(DataType.DOUBLE, 12), product);
        assertClose(Nd4j.createFromArray(.5, .5, .5, .5, .5, .5, .5, .5, .5, 0., 0., 0.), product, 1e-15);
    }

    @Test
    void exclusionsAddUp() {
        Regularizer some = Regularizer.weightDecay(1).excluding("bias");
        Regularizer more = some.excluding("norm");
        assertFalse(some.appliesTo("dense.bias"));
        assertTrue(some.appliesTo("norm.gain"));
        assertFalse(more.appliesTo("norm.gain"));
        assertFalse(more.appliesTo("dense.bias"));
        assertTrue(more.appliesTo("dense.weight"));
        assertFalse(Regularizer.none().appliesTo("dense.weight"));
        assertEquals("weight decay 1.0 except [bias, norm]", more.toString());
    }

    @Test
    void coefficientMustBeFiniteAndNotNegative() {
        assertRejected(() -> Regularizer.weightDecay(-0.1), "coefficient is -0.1", "at least 0");
        assertRejected(() -> Regularizer.weightDecay(Double.NaN), "coefficient is NaN", "finite");
        assertRejected(() -> Regularizer.weightDecay(Double.POSITIVE_INFINITY), "coefficient is Infinity", "finite");
    }
}
