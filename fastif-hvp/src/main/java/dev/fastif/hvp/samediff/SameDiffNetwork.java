package dev.fastif.hvp.samediff;

import dev.fastif.core.Batch;
import dev.fastif.core.ParameterLayout;
import dev.fastif.core.Regularizer;
import dev.fastif.hvp.internal.DifferenceModel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A copy of a user's graph that SameDiff evaluates. Not thread-safe. */
final class SameDiffNetwork implements DifferenceModel.Network {
    private final Source source;
    private final Settings settings;
    private final SameDiff sd;
    private final List<String> losses;
    private final ParameterLayout layout;

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

    SameDiffNetwork(Source source, Settings settings) {
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
    }

    @Override
    public String library() {
        return "SameDiff";
    }

    @Override
    public ParameterLayout parameters() {
        return layout;
    }

    private INDArray parameter(String name) {
        return sd.getVariable(name).getArr();
    }

    @Override
    public void read(INDArray theta) {
        layout.names().forEach(name -> layout.view(theta, name).assign(parameter(name)));
    }

    @Override
    public void write(INDArray theta) {
        layout.names().forEach(name -> parameter(name).assign(layout.view(theta, name)));
    }

    @Override
    public Regularizer regularizer() {
        return settings.regularizer;
    }

    @Override
    public INDArray outputs(Batch batch) {
        if (settings.output == null) {
            throw new UnsupportedOperationException(
                    "the graph's output is not known: name it by SameDiffModel.builder(sd).output(variable)");
        }
        return rows(settings.output, batch);
    }

    @Override
    public INDArray features(Batch batch) {
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
    @Override
    public double mean(Batch batch) {
        return settings.over == Objective.Over.SUM ? total(batch) / batch.size() : total(batch);
    }

    @Override
    public INDArray losses(Batch batch) {
        double[] each = new double[batch.size()];
        for (int i = 0; i < each.length; i++) {
            // twice, since SameDiff cannot reduce a dimension of size 1
            Batch example = Company.example(batch, i);
            each[i] = mean(Company.joined(example, example));
        }
        return Nd4j.createFromArray(each).castTo(layout.dataType());
    }

    @Override
    public INDArray gradient(Batch batch) {
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
}
