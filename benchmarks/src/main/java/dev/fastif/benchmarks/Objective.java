package dev.fastif.benchmarks;

import dev.fastif.core.Batch;
import dev.fastif.hvp.autodiff.GraphModel;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What training minimises, at the model's own parameters: the mean loss of the examples plus the regularizer. */
record Objective(GraphModel model, Batch examples) {
    double[] gradient() {
        INDArray gradient = model.gradient(examples);
        model.regularizer().addGradient(model.parameters(), model.parameterValues(), gradient);
        double[] values = gradient.toDoubleVector();
        gradient.close();
        return values;
    }

    double[] theta() {
        return model.parameterValues().toDoubleVector();
    }

    void moveTo(double... theta) {
        model.setParameterValues(Nd4j.createFromArray(theta));
    }
}
