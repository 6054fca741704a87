package dev.fastif.hvp.dl4j;

import dev.fastif.core.Batch;
import dev.fastif.core.TestArrays;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossBinaryXENT;
import org.nd4j.linalg.lossfunctions.impl.LossHinge;
import org.nd4j.linalg.lossfunctions.impl.LossKLD;
import org.nd4j.linalg.lossfunctions.impl.LossL1;
import org.nd4j.linalg.lossfunctions.impl.LossL2;
import org.nd4j.linalg.lossfunctions.impl.LossMAE;
import org.nd4j.linalg.lossfunctions.impl.LossMAPE;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossMSE;
import org.nd4j.linalg.lossfunctions.impl.LossMSLE;
import org.nd4j.linalg.lossfunctions.impl.LossNegativeLogLikelihood;
import org.nd4j.linalg.lossfunctions.impl.LossPoisson;
import org.nd4j.linalg.lossfunctions.impl.LossSparseMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossSquaredHinge;
import org.nd4j.linalg.lossfunctions.impl.LossWasserstein;

/** Each loss behind the activations that it is used with. */
final class LossCases {
    private static final INDArray WEIGHTS = Nd4j.createFromArray(0.5, 2.0, 1.5);
    private static final INDArray NUMBERS =
            Nd4j.createFromArray(new double[][] {{0.2, 1.4, 0.7}, {1.1, 0.3, 2.2}, {0.6, 0.9, 1.7}});
    private static final INDArray SIGNS = Nd4j.createFromArray(new double[][] {{1, -1, 1}, {-1, -1, 1}, {1, 1, -1}});
    private static final INDArray PROBABILITIES =
            Nd4j.createFromArray(new double[][] {{0.2, 0.5, 0.3}, {0.7, 0.2, 0.1}, {0.1, 0.3, 0.6}});

    private static final INDArray CLASSES = Nd4j.createFromArray(new double[][] {{2}, {0}, {1}});

    private LossCases() {}

    record Case(ILossFunction loss, Activation activation, INDArray labels) {
        Sample sample() {
            INDArray mask = Nd4j.createFromArray(new double[][] {{1}, {0}, {1}});
            Batch batch = Samples.batch(TestArrays.normal(1, Samples.N, 5), labels);
            Batch masked = Batch.of(
                    Map.of(Batch.FEATURES, batch.get(Batch.FEATURES), Batch.LABELS, labels, Batch.LABELS_MASK, mask));
            OutputLayer output = new OutputLayer.Builder(loss)
                    .nOut(Samples.CLASSES)
                    .activation(activation)
                    .build();
            return new Sample(
                    "loss " + loss + " of " + activation,
                    List.of(Nets.dense(Activation.TANH), output),
                    InputType.feedForward(5),
                    List.of(batch, masked));
        }
    }

    static List<Case> all() {
        List<Case> cases = new ArrayList<>();
        INDArray classes = Samples.classes();
        cases.add(new Case(new LossMCXENT(), Activation.SOFTMAX, PROBABILITIES));
        cases.add(new Case(new LossMCXENT(WEIGHTS), Activation.SOFTMAX, classes));
        cases.add(new Case(new LossMCXENT(), Activation.SIGMOID, classes));
        cases.add(new Case(new LossSparseMCXENT(WEIGHTS), Activation.SOFTMAX, CLASSES));
        cases.add(new Case(new LossSparseMCXENT(), Activation.SIGMOID, CLASSES));
        cases.add(new Case(new LossNegativeLogLikelihood(), Activation.SOFTMAX, classes));
        cases.add(new Case(new LossBinaryXENT(), Activation.SIGMOID, classes));
        cases.add(new Case(new LossBinaryXENT(WEIGHTS), Activation.SIGMOID, PROBABILITIES));
        cases.add(new Case(new LossBinaryXENT(), Activation.SOFTMAX, classes));
        cases.add(new Case(new LossBinaryXENT(), Activation.HARDSIGMOID, classes));
        cases.add(new Case(new LossMSE(), Activation.IDENTITY, NUMBERS));
        cases.add(new Case(new LossMSE(), Activation.SOFTMAX, classes));
        cases.add(new Case(new LossMSE(WEIGHTS), Activation.TANH, NUMBERS));
        cases.add(new Case(new LossL2(), Activation.IDENTITY, NUMBERS));
        cases.add(new Case(new LossMAE(), Activation.TANH, NUMBERS));
        cases.add(new Case(new LossL1(WEIGHTS), Activation.IDENTITY, NUMBERS));
        cases.add(new Case(new LossMAPE(), Activation.IDENTITY, NUMBERS));
        cases.add(new Case(new LossMSLE(), Activation.SIGMOID, NUMBERS));
        cases.add(new Case(new LossPoisson(), Activation.SOFTPLUS, NUMBERS));
        cases.add(new Case(new LossKLD(), Activation.SOFTMAX, PROBABILITIES));
        cases.add(new Case(new LossHinge(), Activation.TANH, SIGNS));
        cases.add(new Case(new LossSquaredHinge(), Activation.IDENTITY, SIGNS));
        cases.add(new Case(new LossWasserstein(), Activation.IDENTITY, SIGNS));
        return cases;
    }
}
