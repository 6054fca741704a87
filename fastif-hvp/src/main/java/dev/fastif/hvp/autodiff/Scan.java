package dev.fastif.hvp.autodiff;

import dev.fastif.core.Batch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * A recurrence: a step applied along time, from a state of zeros. Inputs are {@code sequences} arrays [n, t, ...], then
 * arrays that all steps share; the result is the state after each step, [n, t, s].
 *
 * <p>The step is a graph of its own whose parameters are what it takes: an element of each sequence, the shared arrays, the
 * state before. A graph is differentiated by its parameters, so its passes are the derivatives of the step.
 */
record Scan(Cell cell, int sequences) implements Operation {
    /** A step. */
    record Cell(Graph graph, Node next, int stateSize) {
        @Override
        public String toString() {
            return graph.nodes().toString();
        }
    }

    private record Steps(List<Pass> passes) {}

    private record TangentSteps(List<TangentPass> passes) {}

    @Override
    public INDArray value(Frame f) {
        INDArray first = f.input(0);
        INDArray state = Nd4j.create(first.dataType(), first.size(0), cell.stateSize);
        List<Pass> passes = new ArrayList<>();
        List<INDArray> states = new ArrayList<>();
        for (int t = 0; t < length(f); t++) {
            ParameterViews taken = taken(f, f::input, t, state);
            Pass pass = new Pass(cell.graph, taken, f.kernels(), Batch.of(java.util.Map.of("state", state)), cell.next);
            state = pass.output();
            passes.add(pass);
            states.add(state);
        }
        f.save(new Steps(passes));
        return stacked(states);
    }

    @Override
    public INDArray tangent(Frame f) {
        List<Pass> passes = f.saved(Steps.class).passes;
        INDArray state = passes.get(0).output().ulike().assign(0);
        List<TangentPass> tangentPasses = new ArrayList<>();
        List<INDArray> states = new ArrayList<>();
        INDArray[] tangents = inputs(f).mapToObj(i -> tangentOrZero(f, i)).toArray(INDArray[]::new);
        for (int t = 0; t < passes.size(); t++) {
            TangentPass pass = new TangentPass(passes.get(t), taken(f, i -> tangents[i], t, state), cell.next);
            state = pass.output();
            tangentPasses.add(pass);
            states.add(state);
        }
        f.saveTangent(new TangentSteps(tangentPasses));
        return stacked(states);
    }

    @Override
    public void adjoint(Frame f) {
        List<Pass> passes = f.saved(Steps.class).passes;
        INDArray[] sums =
                backward(f, f.adjoint(), (t, adjoint, sink) -> passes.get(t).backward(adjoint, sink));
        inputs(f).filter(f::isActive).forEach(i -> f.addAdjoint(i, sums[i]));
    }

    @Override
    public void adjointTangent(Frame f) {
        List<TangentPass> passes = f.savedTangent(TangentSteps.class).passes;
        INDArray[] sums = backward(
                f, f.adjointTangent(), (t, adjoint, sink) -> passes.get(t).backward(adjoint, sink));
        inputs(f).filter(f::isActive).forEach(i -> f.addAdjointTangent(i, sums[i]));
    }

    private interface StepBackward {
        void run(int t, INDArray adjoint, ParameterViews sink);
    }

    /** Walks back through time; returns what reaches each input. */
    private INDArray[] backward(Frame f, INDArray adjoint, StepBackward step) {
        INDArray[] sums = inputs(f).mapToObj(i -> f.input(i).ulike().assign(0)).toArray(INDArray[]::new);
        INDArray ofState = at(adjoint, 0).mul(0);
        for (int t = (int) length(f) - 1; t >= 0; t--) {
            INDArray before = ofState.mul(0);
            INDArray[] parts = new INDArray[sums.length + 1];
            for (int i = 0; i < sums.length; i++) {
                parts[i] = i < sequences ? at(sums[i], t) : sums[i];
            }
            parts[sums.length] = before;
            step.run(t, at(adjoint, t).add(ofState), ParameterViews.of(parts));
            for (int i = 0; i < sequences; i++) {
                sums[i].get(time(sums[i], t)).assign(parts[i]);
            }
            ofState = before;
        }
        return sums;
    }

    /** What a step takes, as parameters of its graph. */
    private ParameterViews taken(Frame f, IntFunction<INDArray> arrays, int t, INDArray state) {
        INDArray[] views = inputs(f)
                .mapToObj(i -> i < sequences ? at(arrays.apply(i), t) : arrays.apply(i))
                .toArray(INDArray[]::new);
        INDArray[] all = Arrays.copyOf(views, views.length + 1);
        all[views.length] = state;
        return ParameterViews.of(all);
    }

    private static INDArray tangentOrZero(Frame f, int i) {
        @Nullable INDArray tangent = f.inputTangent(i);
        return tangent == null ? f.input(i).ulike().assign(0) : tangent;
    }

    private static IntStream inputs(Frame f) {
        return IntStream.iterate(0, f::hasInput, i -> i + 1);
    }

    private static long length(Frame f) {
        return f.input(0).size(1);
    }

    private static INDArrayIndex[] time(INDArray sequence, int t) {
        INDArrayIndex[] index = NDArrayIndex.allFor(sequence);
        index[1] = NDArrayIndex.point(t);
        return index;
    }

    private static INDArray at(INDArray sequence, int t) {
        return sequence.get(time(sequence, t)).dup('c');
    }

    private static INDArray stacked(List<INDArray> states) {
        return Elements.dense(Nd4j.stack(1, states.toArray(INDArray[]::new)));
    }
}
