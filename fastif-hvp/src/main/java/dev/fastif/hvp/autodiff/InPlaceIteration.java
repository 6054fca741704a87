package dev.fastif.hvp.autodiff;

import dev.fastif.core.Batch;
import dev.fastif.core.CurvatureMatrix;
import dev.fastif.core.Iteration;
import dev.fastif.hvp.autodiff.kernels.RecordedStep;
import dev.fastif.hvp.autodiff.kernels.Session;
import dev.fastif.hvp.autodiff.kernels.Total;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Steps that write each parameter's part of a vector when the pass has read it for the last time. Where kernels do all of the
 * arithmetic, later steps are recordings of earlier ones: see {@link RecordedStep}.
 */
final class InPlaceIteration implements Iteration<Batch> {
    private final Objective objective;
    private final CurvatureMatrix matrix;
    private final ParameterViews parameters;
    private final List<ParameterViews> vectors;
    private final ToDoubleFunction<Parameter> keep;
    private final double factor;
    private final List<ParameterViews> added;
    private final List<Total> squares;
    private final Session session;
    private final RecordedStep step;

    /**
     * Prepares the steps.
     *
     * @param keep what is kept of each parameter's part
     * @param factor of the curvature's product
     */
    InPlaceIteration(
            Objective objective,
            CurvatureMatrix matrix,
            ParameterViews parameters,
            List<ParameterViews> vectors,
            ToDoubleFunction<Parameter> keep,
            double factor,
            List<ParameterViews> added) {
        this.objective = objective;
        this.matrix = matrix;
        this.parameters = parameters;
        this.vectors = vectors;
        this.keep = keep;
        this.factor = factor;
        this.added = added;
        this.squares = vectors.stream().map(vector -> new Total()).toList();
        this.session = parameters.graph().sessions().open();
        this.step = new RecordedStep(session, names(), arrays(vectors), squares, constants(), this::pass);
    }

    private List<String> names() {
        List<String> names = new ArrayList<>(parameters.graph().arraysFor(objective.target()));
        names.addAll(objective.arrays());
        return names;
    }

    private List<INDArray> constants() {
        List<INDArray> constants = new ArrayList<>(parameters.arrays());
        constants.addAll(arrays(added));
        for (Parameter parameter : parameters.graph().parameters()) {
            if (!parameter.trainable()) {
                constants.add(parameter.initial);
            }
        }
        return constants;
    }

    private static List<INDArray> arrays(List<ParameterViews> views) {
        return views.stream().flatMap(view -> view.arrays().stream()).toList();
    }

    @Override
    public double[] step(Batch batch) {
        squares.forEach(Total::take); // of a step that failed
        step.take(batch);
        return squares.stream().mapToDouble(Total::take).toArray();
    }

    private void pass(Batch batch) {
        List<GradientSum> sums = new ArrayList<>();
        for (int i = 0; i < vectors.size(); i++) {
            sums.add(GradientSum.update(vectors.get(i), keep, factor, added.get(i), squares.get(i)));
        }
        Pass pass = new Pass(session, parameters, batch, objective.target(), vectors);
        switch (matrix) {
            case HESSIAN -> objective.addHessian(pass, sums);
            case GAUSS_NEWTON -> objective.addGaussNewton(pass, sums);
        }
        sums.forEach(sum -> sum.complete(session.kernels()));
    }

    @Override
    public void close() {
        session.close();
    }
}
