package dev.fastif.hvp.samediff;

import dev.fastif.core.Batch;
import dev.fastif.core.Loss;
import dev.fastif.core.Measurement;
import dev.fastif.core.Model;
import dev.fastif.core.ParameterLayout;
import dev.fastif.core.Regularizer;
import dev.fastif.hvp.internal.LossOfModel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Central differences of SameDiff's gradients and losses, along unit directions. Since some of SameDiff's gradients are
 * silently wrong, the first one is compared with the slope of its losses. Its copy of the graph serves one call at a time.
 */
final class DifferenceModel implements Model {
    /** Steps where rounding and curvature weigh about the same: the cube roots of the precisions. */
    private static final double FLOAT_STEP = 5e-3;

    private static final double DOUBLE_STEP = 1e-5;

    private static final String LIMIT = ": CurvatureMode.FINITE_DIFFERENCE measures the loss alone";

    private final Source source;
    private final Settings settings;
    private final SameDiff sd;
    private final List<String> losses;
    private final ParameterLayout layout;
    private final INDArray theta;
    private boolean isChecked;

    /**
     * What is not seen in the graph alone.
     *
     * @param placeholders names in batches
     * @param over how examples make the loss of a batch
     * @param regularizer the penalty
     * @param output the variable that is the output, or null
     * @param features the variable that candidates are preselected by
     */
    record Settings(
            Placeholders placeholders,
            Objective.Over over,
            Regularizer regularizer,
            @Nullable String output,
            String features) {}

    DifferenceModel(Source source, Settings settings) {
        this.source = source;
        this.settings = settings;
        this.sd = source.graph().dup();
        this.losses = source.losses();
        sd.setLossVariables(losses.toArray(new String[0]));
        sd.setEnableCache(false); // with it SameDiff silently gives wrong numbers
        Map<String, long[]> shapes = new LinkedHashMap<>();
        source.trained()
                .forEach(variable ->
                        shapes.put(variable.name(), variable.getArr().shape().clone()));
        layout = ParameterLayout.of(shapes, source.dataType());
        theta = Nd4j.create(layout.dataType(), layout.size());
        layout.names().forEach(name -> layout.view(theta, name).assign(parameter(name)));
    }

    private INDArray parameter(String name) {
        return sd.getVariable(name).getArr();
    }

    @Override
    public ParameterLayout parameters() {
        return layout;
    }

    @Override
    public INDArray parameterValues() {
        return theta.dup();
    }

    @Override
    public Loss loss() {
        return new LossOfModel("the loss of the graph");
    }

    @Override
    public Regularizer regularizer() {
        return settings.regularizer;
    }

    @Override
    public synchronized INDArray outputs(Batch batch) {
        if (settings.output == null) {
            throw new UnsupportedOperationException(
                    "the graph's output is not known: name it by SameDiffModel.builder(sd).output(variable)");
        }
        return rows(settings.output, batch);
    }

    @Override
    public synchronized INDArray features(Batch batch) {
        return rows(settings.features, batch);
    }

    private INDArray rows(String variable, Batch batch) {
        INDArray values =
                Objects.requireNonNull(sd.output(arrays(batch), variable).get(variable));
        return values.castTo(layout.dataType()).dup('c').reshape('c', batch.size(), -1);
    }

    private Map<String, INDArray> arrays(Batch batch) {
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        source.placeholders().forEach(placeholder -> {
            INDArray array = batch.find(settings.placeholders.name(placeholder.name()));
            if (array != null) {
                arrays.put(placeholder.name(), array);
            }
        });
        return arrays;
    }

    /** SameDiff's loss of a batch. */
    private double total(Batch batch) {
        Map<String, INDArray> values = sd.output(arrays(batch), losses.toArray(new String[0]));
        return losses.stream()
                .mapToDouble(name -> Objects.requireNonNull(values.get(name))
                        .castTo(DataType.DOUBLE)
                        .sumNumber()
                        .doubleValue())
                .sum();
    }

    /** In proportion to the loss as it is for so many examples. */
    private double mean(Batch batch) {
        return settings.over == Objective.Over.SUM ? total(batch) / batch.size() : total(batch);
    }

    @Override
    public synchronized INDArray losses(Batch batch) {
        double[] each = new double[batch.size()];
        for (int i = 0; i < each.length; i++) {
            // twice, since SameDiff cannot reduce a dimension of size 1
            Batch example = Company.example(batch, i);
            each[i] = mean(Company.joined(example, example));
        }
        return Nd4j.createFromArray(each).castTo(layout.dataType());
    }

    @Override
    public synchronized INDArray gradient(Batch batch, Measurement measurement) {
        if (!measurement.equals(loss())) {
            throw new UnsupportedOperationException(measurement + " is measured" + LIMIT);
        }
        INDArray gradient = ownGradient(batch);
        if (!isChecked) {
            requireRight(batch, gradient);
            isChecked = true;
        }
        return gradient;
    }

    private INDArray ownGradient(Batch batch) {
        INDArray gradient = Nd4j.create(layout.dataType(), layout.size());
        Map<String, INDArray> parts =
                sd.calculateGradients(arrays(batch), layout.names().toArray(new String[0]));
        layout.names().forEach(name -> {
            INDArray part = parts.get(name);
            if (part != null) {
                layout.view(gradient, name).assign(part);
            }
        });
        return settings.over == Objective.Over.SUM ? gradient.divi(batch.size()) : gradient;
    }

    /** Compares the gradient with the slope of SameDiff's losses. */
    private void requireRight(Batch batch, INDArray gradient) {
        Random random = new Random(0);
        INDArray v = Nd4j.create(layout.dataType(), layout.size());
        for (long i = 0; i < v.length(); i++) {
            v.putScalar(i, random.nextGaussian());
        }
        double slope = difference(v, () -> Nd4j.scalar(mean(batch))).getDouble(0);
        double own = gradient.mul(v).sumNumber().doubleValue();
        double size = gradient.norm2Number().doubleValue() * v.norm2Number().doubleValue();
        double tolerance = (layout.dataType() == DataType.FLOAT ? 1e-2 : 1e-5) * Math.max(size, 1e-6);
        if (!(Math.abs(slope - own) <= tolerance)) {
            throw new IllegalStateException(String.format(
                    Locale.ROOT,
                    "SameDiff's gradient of this graph is wrong: along a direction it says %s where its losses change by %s."
                            + " Its finite differences would be too: write the graph in operations that have exact rules",
                    own,
                    slope));
        }
    }

    @Override
    public INDArray hessianVectorProduct(Batch batch, INDArray vector) {
        return difference(layout.require("vector", vector), () -> gradient(batch));
    }

    @Override
    public List<INDArray> gaussNewtonProducts(Batch batch, List<INDArray> vectors) {
        throw new UnsupportedOperationException(
                "finite differences of gradients are those of the Hessian: choose CurvatureMatrix.HESSIAN, or CurvatureMode.EXACT");
    }

    @Override
    public INDArray directionalDerivatives(Batch batch, INDArray direction) {
        return difference(layout.require("direction", direction), () -> losses(batch));
    }

    private synchronized INDArray difference(INDArray vector, Supplier<INDArray> quantity) {
        double norm = vector.norm2Number().doubleValue();
        if (norm == 0) {
            return quantity.get().muli(0);
        }
        double step = (layout.dataType() == DataType.FLOAT ? FLOAT_STEP : DOUBLE_STEP) / norm;
        try {
            move(theta.add(vector.mul(step)));
            INDArray up = quantity.get();
            move(theta.sub(vector.mul(step)));
            return up.subi(quantity.get()).divi(2 * step);
        } finally {
            move(theta);
        }
    }

    private void move(INDArray to) {
        layout.names().forEach(name -> parameter(name).assign(layout.view(to, name)));
    }

    /** Requires that the loss of two examples is what each of them adds. */
    synchronized void requireSeparate(Batch batch) {
        Batch first = Company.example(batch, 0);
        Batch second = Company.other(batch);
        double apart = (mean(Company.joined(first, first)) + mean(Company.joined(second, second))) / 2;
        double together = mean(Company.joined(first, second));
        Company.requireAlike(apart, together);
    }

    @Override
    public DifferenceModel replicate() {
        return new DifferenceModel(source, settings);
    }
}
