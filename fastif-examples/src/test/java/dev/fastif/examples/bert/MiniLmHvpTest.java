package dev.fastif.examples.bert;

import static dev.fastif.golden.RelativeError.assertWithin;

import dev.fastif.core.Batch;
import dev.fastif.hvp.autodiff.GraphModel;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The curvature of a real encoder of real size: MiniLM with a random pooler and classifier, on a few sentence pairs. */
class MiniLmHvpTest {
    private static final long SEED = 11;

    private static BertWeights encoder;
    private static Batch pairs;
    private static Batch otherPairs;

    @BeforeAll
    static void load() {
        encoder = new MiniLm().weights();
        try (PairTokenizer tokenizer = PairTokenizer.open()) {
            pairs = TokenBatches.of(
                    tokenizer.encodeAll(
                            List.of("The baker sold every loaf before noon.", "Rain kept the children inside."),
                            List.of("No bread was left in the afternoon.", "They played in the garden all day.")),
                    0,
                    0,
                    2);
            otherPairs = TokenBatches.of(
                    tokenizer.encodeAll(
                            List.of("The two old bridges were closed for repairs."), List.of("A ferry was late.")),
                    0,
                    1);
        }
    }

    /** {@code u . H v = v . H u}. Along gradients, where curvature is felt: random u and v are nearly conjugate. */
    @Test
    void hessianIsSymmetricInFloat() {
        GraphModel model = classifier(DataType.FLOAT, 2);
        INDArray u = model.gradient(pairs);
        INDArray v = model.gradient(otherPairs);
        INDArray there = dot(u, model.hessianVectorProduct(pairs, v));
        INDArray back = dot(v, model.hessianVectorProduct(pairs, u));
        assertWithin(1e-4, there, back, "u . H v");
    }

    /** The difference of gradients on both sides, of fourth order in the step. */
    @Test
    void hessianVectorProductIsTheDerivativeOfTheGradientInDouble() {
        GraphModel model = classifier(DataType.DOUBLE, 1);
        INDArray direction = RandomBert.direction(model, SEED);
        direction.divi(direction.norm2Number());
        INDArray theta = model.parameterValues();
        double step = 2e-3;
        INDArray near = gradientDifference(model, theta, direction, step);
        INDArray far = gradientDifference(model, theta, direction, 2 * step);
        model.setParameterValues(theta);
        INDArray derivative = near.muli(8).subi(far).divi(12 * step);
        assertWithin(1e-6, derivative, model.hessianVectorProduct(pairs, direction), "the HVP");
    }

    private static INDArray gradientDifference(GraphModel model, INDArray theta, INDArray direction, double step) {
        INDArray offset = direction.mul(step);
        model.setParameterValues(theta.add(offset));
        INDArray ahead = model.gradient(pairs);
        model.setParameterValues(theta.sub(offset));
        return ahead.subi(model.gradient(pairs));
    }

    /** Summed in double: the products of millions of parameters. */
    private static INDArray dot(INDArray a, INDArray b) {
        return Nd4j.createFromArray(a.castTo(DataType.DOUBLE)
                .muli(b.castTo(DataType.DOUBLE))
                .sumNumber()
                .doubleValue());
    }

    private static GraphModel classifier(DataType type, int trainableLayers) {
        return BertClassifier.of(encoder.config(), RandomBert.withHead(encoder, SEED, type), trainableLayers, 0);
    }
}
