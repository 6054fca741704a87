package dev.fastif.hvp.autodiff;

import dev.fastif.core.Batch;
import dev.fastif.core.CurvatureMatrix;
import dev.fastif.core.Iteration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Steps that write each parameter's part of a vector when the pass has read it for the last time. Where kernels do all of the
 * arithmetic, the first pass over a batch of some shape is recorded, and later ones are that recording on other numbers.
 */
final class InPlaceIteration implements Iteration<Batch> {
    /** So many recordings are kept, some tens of kilobytes each; then they are made anew. */
    private static final int MOST_RECORDED = 256;

    private final Graph graph;
    private final Objective objective;
    private final CurvatureMatrix matrix;
    private final ParameterViews parameters;
    private final List<ParameterViews> vectors;
    private final ToDoubleFunction<Parameter> keep;
    private final double factor;
    private final List<ParameterViews> added;
    private final List<Total> squares;
    private final boolean recordable;
    private final List<String> arrays;
    private final Team team;
    private final Arena arena;
    private final List<RecordedBatch> recorded = new ArrayList<>();

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
        this.graph = parameters.graph();
        this.objective = objective;
        this.matrix = matrix;
        this.parameters = parameters;
        this.vectors = vectors;
        this.keep = keep;
        this.factor = factor;
        this.added = added;
        this.squares = vectors.stream().map(vector -> new Total()).toList();
        this.team = graph.kernels().gather();
        this.arena = graph.arenas().keep();
        this.recordable = Team.current() == team && graph.isByKernels(objective.target());
        this.arrays = new ArrayList<>(graph.arraysFor(objective.target()));
        this.arrays.addAll(objective.arrays());
    }

    @Override
    public double[] step(Batch batch) {
        squares.forEach(Total::take); // of a step that failed
        RecordedBatch known = recorded(batch);
        if (known != null) {
            known.replay(batch);
        } else if (recordable && objective.isByKernels(batch)) {
            record(batch);
        } else {
            try (PassScope scope = PassScope.open(graph)) {
                pass(batch);
            }
        }
        double[] taken = new double[squares.size()];
        for (int i = 0; i < taken.length; i++) {
            taken[i] = squares.get(i).take();
        }
        return taken;
    }

    private @Nullable RecordedBatch recorded(Batch batch) {
        for (int i = 0; i < recorded.size(); i++) {
            if (recorded.get(i).fits(batch)) {
                return recorded.get(i);
            }
        }
        return null;
    }

    private void record(Batch batch) {
        if (recorded.size() == MOST_RECORDED) {
            recorded.clear();
        }
        try (PassScope scope = PassScope.open(graph, arena)) {
            recorded.add(RecordedBatch.record(arrays, batch, this::pass));
        }
    }

    private void pass(Batch batch) {
        List<GradientSum> sums = new ArrayList<>();
        for (int i = 0; i < vectors.size(); i++) {
            sums.add(GradientSum.update(vectors.get(i), keep, factor, added.get(i), squares.get(i)));
        }
        Pass pass = new Pass(parameters, batch, objective.target(), vectors);
        switch (matrix) {
            case HESSIAN -> objective.addHessian(pass, sums);
            case GAUSS_NEWTON -> objective.addGaussNewton(pass, sums);
        }
        sums.forEach(sum -> sum.complete(graph.kernels()));
    }

    @Override
    public void close() {
        recorded.clear();
        arena.giveBack();
        team.close();
    }
}
