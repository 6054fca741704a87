package dev.fastif.examples.study;

import dev.fastif.core.Batch;
import dev.fastif.hvp.autodiff.GraphModel;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Plain gradient steps. */
final class Steps {
    private Steps() {}

    /** The gradient [p] of the mean loss over a batch, weight decay included. */
    static INDArray gradient(GraphModel model, Batch batch) {
        INDArray gradient = model.gradient(batch);
        model.regularizer().addGradient(model.parameters(), model.parameterValues(), gradient);
        return gradient;
    }

    /** Takes one step down the gradient of the mean loss over a batch. */
    static void descend(GraphModel model, Batch batch, double learningRate) {
        model.setParameterValues(
                model.parameterValues().subi(gradient(model, batch).muli(learningRate)));
    }
}
