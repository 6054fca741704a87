package dev.fastif.core;

import dev.fastif.core.internal.Memory;
import dev.fastif.core.internal.OutputCurvature;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The gradients of single examples of any model: one example after the other. */
record SingleGradients(Model model) {
    /** Slopes that were computed before, as a measurement. */
    private record Slopes(INDArray row) implements Measurement {
        @Override
        public INDArray values(INDArray outputs, @Nullable INDArray labels) {
            throw new UnsupportedOperationException("slopes have no values");
        }

        @Override
        public INDArray gradient(INDArray outputs, @Nullable INDArray labels) {
            return row.castTo(outputs.dataType());
        }
    }

    void of(Batch batch, Measurement measurement, GradientSink sink) {
        for (int i = 0; i < batch.size(); i++) {
            tell(i, model.gradient(batch.example(i), measurement), sink);
        }
    }

    void ofCurvature(Batch batch, int most, GradientSink sink, long... seeds) {
        for (int i = 0; i < batch.size(); i++) {
            Batch example = batch.example(i);
            INDArray outputs = model.outputs(example);
            double[][] hessian = hessian(outputs, example.find(Batch.LABELS));
            List<double[][]> all = OutputCurvature.slopes(
                    new double[][][] {hessian}, OutputCurvature.rounding(outputs.dataType()), most, seeds[i]);
            for (double[][] slopes : all) {
                tell(i, model.gradient(example, new Slopes(Nd4j.createFromArray(new double[][] {slopes[0]}))), sink);
            }
        }
    }

    private double[][] hessian(INDArray outputs, @Nullable INDArray labels) {
        int c = Math.toIntExact(outputs.length());
        OutputCurvature.requireFew(c);
        double[][] columns = new double[c][];
        for (int k = 0; k < c; k++) {
            INDArray unit = Nd4j.create(outputs.dataType(), 1, c).putScalar(0, k, 1);
            columns[k] = model.loss()
                    .hessianVectorProduct(outputs.reshape('c', 1, c), labels, unit)
                    .castTo(DataType.DOUBLE)
                    .reshape(c)
                    .toDoubleVector();
        }
        return columns;
    }

    private void tell(int example, INDArray gradient, GradientSink sink) {
        ParameterLayout layout = model.parameters();
        sink.begin(example, 1);
        for (String name : layout.names()) {
            List<Long> shape = layout.shape(name);
            long a = shape.size() < 2 ? 1 : shape.get(0);
            INDArray part = layout.view(gradient, name);
            sink.whole(name, part.reshape('c', 1, a, part.length() / a));
        }
        sink.end();
        Memory.free(gradient);
    }
}
