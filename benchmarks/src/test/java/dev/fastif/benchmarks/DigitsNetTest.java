package dev.fastif.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fastif.core.Batch;
import dev.fastif.hvp.autodiff.GraphModel;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.commons.math3.linear.ArrayRealVector;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A network small enough for a test: trained to its minimum, where its curvature is decomposed. */
class DigitsNetTest {
    private static final double WEIGHT_DECAY = 0.01;

    private final Digits digits = Digits.read(Path.of("..").resolve(Digits.FOLDER));
    private final Batch examples =
            digits.training().batch(IntStream.range(0, 100).toArray());
    private final GraphModel model = new DigitsNet(1, WEIGHT_DECAY).untrained(1);

    @Test
    void digitsAreThoseOfTheGoldenSet() {
        assertEquals(1500, digits.training().size());
        assertEquals(100, digits.tests().size());
        assertEquals(Digits.PIXELS, digits.test(7).get(Batch.FEATURES).length());
    }

    @Test
    void trainingEndsWhereTheGradientVanishesAndTheHessianIsDefinite() {
        Objective objective = new Objective(model, examples);
        new LimitedMemoryBfgs(1e-7, 5000).minimise(objective);
        assertTrue(new ArrayRealVector(objective.gradient()).getNorm() <= 1e-7);
        assertTrue(Eigenbasis.of(size(), this::products).smallest() > 0);
    }

    @Test
    void eigenbasisSolvesIndefiniteSystems() {
        Eigenbasis basis = Eigenbasis.of(size(), this::products);
        INDArray v = model.gradient(digits.test(0));
        double damping = 1e-3 - basis.smallest() / 2;
        INDArray s = basis.solve(v.reshape(size(), 1), damping).reshape(size());
        INDArray residual = products(List.of(s)).get(0).addi(s.mul(damping)).subi(v);
        assertEquals(0, residual.norm2Number().doubleValue() / v.norm2Number().doubleValue(), 1e-8);
    }

    private int size() {
        return (int) model.parameters().size();
    }

    private List<INDArray> products(List<INDArray> vectors) {
        List<INDArray> products = model.hessianVectorProducts(examples, vectors);
        for (int i = 0; i < vectors.size(); i++) {
            model.regularizer().addHessianProduct(model.parameters(), vectors.get(i), products.get(i));
        }
        return products;
    }
}
